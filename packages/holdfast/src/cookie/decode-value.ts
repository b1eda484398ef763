/**
 * A cookie's value without quotes and percent-encoding, as the `cookie` package reads it; one that cannot be decoded is
 * taken as it is. For cookies of other software: ours are looked for as they stand in the header.
 */
export function decodeCookieValue(value: string): string {
  const bare = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  if (!bare.includes("%")) return bare;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
