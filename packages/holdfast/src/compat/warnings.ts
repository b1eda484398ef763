const told = new Set<string>();

/** Says, once per process, why sessions do not come back. */
export function warnOfSecureCookie(): void {
  warn(
    "HOLDFAST_COMPAT_SECURE_COOKIE",
    "The session cookie is Secure and the request came over plain HTTP, so no cookie was sent and nothing was stored. " +
      'Where a proxy ends TLS, set Express\'s `trust proxy`; over plain HTTP, set `cookie.secure` to false or "auto".',
  );
}

/** Says, once per process, that sessions end with it. */
export function warnOfMemory(): void {
  warn(
    "HOLDFAST_COMPAT_MEMORY_STORE",
    "Sessions are kept in this process's memory: they end with it, and no other process sees them. Give session() a `store`.",
  );
}

function warn(code: string, message: string): void {
  if (told.has(code)) return;
  told.add(code);
  process.emitWarning(message, { type: "HoldfastWarning", code });
}
