import type { Operation, Sight } from "../history.ts";

/** A request that came with a session, and was answered as that session's. */
export interface Acceptance {
  readonly operation: Operation;
  /** What it showed; `null` if the reply does not tell. */
  readonly seen: Sight | null;
}

/** What ended a session, or may have. */
export interface Ending {
  readonly operation: Operation;
  /** True if it was acknowledged, and the session was there when it was asked for. */
  readonly certain: boolean;
}

/** All that clients know of one session. */
export interface Story {
  readonly session: string;
  readonly user: string;
  readonly signIn: Operation;
  readonly accepted: readonly Acceptance[];
  readonly refused: readonly Operation[];
  /** Every mark that was sent, with the request that sent it. */
  readonly writes: ReadonlyMap<string, Operation>;
  /** What was sent to the session that this one replaced: the same user's data goes along. */
  readonly inherited: ReadonlyMap<string, Operation>;
  readonly endings: readonly Ending[];
}

/** The sessions whose sign-in was acknowledged; of others no client knows the name. */
export function storiesOf(operations: readonly Operation[]): Story[] {
  const presented = new Map<string, Operation[]>();
  const endings: Operation[] = [];
  for (const operation of operations) {
    const { act } = operation;
    if (act.kind === "look" || act.kind === "write" || act.kind === "end")
      add(presented, act.session, operation);
    if (act.kind !== "look" && act.kind !== "write") endings.push(operation);
  }
  const stories = new Map<string, Story>();
  for (const signIn of operations) {
    const { act } = signIn;
    if (act.kind !== "sign-in" || act.session === null || signIn.outcome !== "ok") continue;
    const before = act.replaces === null ? undefined : stories.get(act.replaces);
    const inherited = new Map([...(before?.inherited ?? []), ...(before?.writes ?? [])]);
    const own = presented.get(act.session) ?? [];
    stories.set(act.session, { ...story(signIn, act.session, act.user, own, endings), inherited });
  }
  return [...stories.values()];
}

function story(
  signIn: Operation,
  session: string,
  user: string,
  presented: readonly Operation[],
  others: readonly Operation[],
): Omit<Story, "inherited"> {
  const accepted: Acceptance[] = [];
  const refused: Operation[] = [];
  const writes = new Map<string, Operation>();
  for (const operation of presented) {
    const { act, outcome } = operation;
    if (act.kind === "write") writes.set(act.mark, operation);
    // Whoever ends a session from outside does not present it.
    if (act.kind === "end" && act.by === "operator") continue;
    if (outcome === "ok") accepted.push({ operation, seen: "seen" in act ? act.seen : null });
    if (outcome === "refused") refused.push(operation);
  }
  const endings = others.flatMap((operation) => endingOf(signIn, session, user, operation));
  return { session, user, signIn, accepted, refused, writes, endings };
}

function endingOf(signIn: Operation, session: string, user: string, operation: Operation): Ending[] {
  const { act, outcome, from, until } = operation;
  if (outcome === "refused" || operation === signIn) return [];
  // What was done by then ended others; what has no known outcome may happen late.
  if (outcome === "ok" && until <= signIn.from) return [];
  const known = signIn.until <= from;
  const certain = outcome === "ok" && known;
  switch (act.kind) {
    case "end":
      return act.session === session ? [{ operation, certain }] : [];
    case "sign-in":
      return act.replaces === session ? [{ operation, certain }] : [];
    case "end-user":
      return act.user === user ? [{ operation, certain }] : [];
    case "end-all":
      return [{ operation, certain }];
    default:
      return [];
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
