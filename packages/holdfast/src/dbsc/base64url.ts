/** The bytes behind base64url without padding (RFC 4648 5); `null` for any other spelling of them, so that each has one. */
export function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}
