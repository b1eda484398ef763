/**
 * Why a logout token ends nothing. Of the request: `"content_type"`, `"too_large"`, `"in_query"`, `"missing"`,
 * `"duplicate"`. Of the token: `"malformed"`, `"critical"`, `"type"`, `"algorithm"`, `"signature"`; of its claims:
 * `"issuer"`, `"audience"`, `"issued_at"`, `"expiry"`, `"token_id"`, `"events"`, `"nonce"`, `"session"`.
 * `"keys_unavailable"`: the provider's keys could not be had, so that nobody can tell. `"replayed"`: it was carried out
 * before.
 */
export type LogoutFlaw =
  | "content_type"
  | "too_large"
  | "in_query"
  | "missing"
  | "duplicate"
  | "malformed"
  | "critical"
  | "type"
  | "algorithm"
  | "signature"
  | "issuer"
  | "audience"
  | "issued_at"
  | "expiry"
  | "token_id"
  | "events"
  | "nonce"
  | "session"
  | "keys_unavailable"
  | "replayed";
