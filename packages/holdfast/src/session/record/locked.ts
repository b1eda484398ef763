import type { StoredRecord } from "../../store/contract.ts";
import type { Credential } from "./credentials.ts";
import type { RecordHeader } from "./header.ts";

/**
 * A session whose idle limit has passed and that waits for its user's proof: proven to be the client's, its data unopened.
 * A class, and no {@link Live}, so that nothing takes it for a session that may be used.
 */
export class Locked {
  readonly credential: Credential;
  readonly record: StoredRecord<unknown>;
  readonly header: RecordHeader;

  constructor(credential: Credential, record: StoredRecord<unknown>, header: RecordHeader) {
    this.credential = credential;
    this.record = record;
    this.header = header;
  }
}
