/** A device's key for people to tell apart: the beginning of its thumbprint, as logs and events have it in full. */
export function keyName(thumbprint: string): string {
  return thumbprint.slice(0, 8);
}
