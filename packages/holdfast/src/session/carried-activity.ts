/**
 * Activity of sessions that their clients carry: it is recorded with the reply to a request, for there is no other way to
 * the client. Meanwhile this process remembers it, as it does for every store.
 *
 * @module
 */
import { Activity } from "./activity.ts";
import { touchInterval } from "./limits.ts";
import type { Credential } from "./record/credentials.ts";
import type { Live } from "./record/live.ts";

export class CarriedActivity extends Activity {
  override noteArrival(credential: Credential, now: number): void {
    if (credential.idle !== 0 && now < credential.seenAt + credential.idle) credential.seenAt = now;
  }

  override noteUse({ credential, header, seenAt }: Live, now: number): void {
    credential.idle = header.idle;
    credential.seenAt = now;
    credential.touchDueAt = seenAt + touchInterval(header.idle);
  }
}

/** True if a reply to a request of now should record activity, as far as this process knows. */
export function isRecordDue(credential: Credential, now: number): boolean {
  return now >= credential.touchDueAt;
}
