/** The types of `req.session`: each API that a program imports adds its own. */
declare global {
  interface HoldfastSessions {}
}

/**
 * `req.session`: the session of the API that is imported. In a program that imports both it is the main one's, as at
 * the end of a move from holdfast/compat.
 */
export type SessionOnRequest = HoldfastSessions extends { holdfast: infer Main }
  ? Main
  : HoldfastSessions extends { compat: infer Compat }
    ? Compat
    : never;
