/**
 * `session_sign_in`: what of a client is new to its user, so that the user can be told (OWASP session management cheat
 * sheet). It takes a look at all of the user's live sessions, and so is worked out only where somebody listens.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { type ClientTraits, traitsOf } from "../client/compare.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { recordedStanding } from "../limits.ts";
import type { Client } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import type { VisitState } from "./state.ts";

/** The clients of a user's live sessions; `undefined` where nobody listens, or the store cannot list them. */
export function clientsOf(
  { events, store, records, clock }: Core,
  user: string,
  reporter: Reporter,
): Awaitable<readonly Client[] | undefined> {
  if (!events.heard("session_sign_in") || store.lacks("listing")) return undefined;
  const now = clock.now();
  const names = records.codec.indexNames(user);
  const listing = store.ask("listUser", reporter, (it) => it.listUser(names, now));
  return chain(listing, (listed) =>
    listed
      .map(({ handle, record }) => records.stampedHeaderOf(handle, record))
      .filter((opened) => opened?.header.user === user && recordedStanding(opened, now) === "live")
      .map((opened) => opened?.header.client ?? {}),
  );
}

function clientsIn(client: Client): readonly Client[] {
  return client.latest === undefined ? [client] : [client, client.latest];
}

/** @param known - the clients that the user had before */
export function announceSignIn(
  state: VisitState,
  { credential, header }: Live,
  known: readonly Client[],
): void {
  const client = traitsOf(header.client);
  const seen = known.flatMap(clientsIn).map(traitsOf);
  const isNew = (trait: keyof ClientTraits): boolean => !seen.some((one) => one[trait] === client[trait]);
  state.report(
    "session_sign_in",
    {
      first: known.length === 0,
      newSystem: isNew("system"),
      newBrowser: isNew("browser"),
      newNetwork: isNew("network"),
      client,
    },
    { handle: credential.handle, user: header.user },
  );
}
