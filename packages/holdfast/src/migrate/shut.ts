import { HoldfastError } from "../errors.ts";
import type { Reporter } from "../session/events.ts";
import type { SharedValues } from "./shared-values.ts";

/** A tombstone that says of no session where it is. */
const NOWHERE = Uint8Array.of(0);

const MOST_TRIES = 20;

/** From now on the credential with this tombstone brings no session, whoever has it. */
export async function shutTombstone(name: string, values: SharedValues, reporter: Reporter): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await values.look(name, reporter);
    if (await values.replace(name, found?.version ?? 0, NOWHERE, reporter)) return;
  }
  throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
}
