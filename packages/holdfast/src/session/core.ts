import type { Clock } from "../clock.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Activity } from "./activity.ts";
import type { EventHub } from "./event-hub.ts";
import type { ProviderIndex } from "./federation/provider-index.ts";
import type { LegacySide } from "./legacy.ts";
import type { Policy } from "./policy.ts";
import type { Credentials } from "./record/credentials.ts";
import type { Records } from "./record/records.ts";
import type { StoreCalls } from "./record/store-calls.ts";

/** What all requests of one deployment share. */
export interface Core {
  readonly policy: Policy;
  readonly keys: KeyRing;
  readonly credentials: Credentials;
  readonly store: StoreCalls;
  readonly records: Records;
  readonly activity: Activity;
  readonly events: EventHub;
  readonly clock: Clock;
  /** Whose operations they are, for tracing. */
  readonly source: symbol;
  /** `undefined`: all sessions begin here. */
  readonly legacy?: LegacySide | undefined;
  /** Which sessions OpenID Providers have vouched for. */
  readonly providers: ProviderIndex;
}
