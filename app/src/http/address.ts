/** A client's address for people: an IPv4 address is shown as one, also where the server listens on IPv6. */
export function address(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
