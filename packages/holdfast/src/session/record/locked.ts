import type { StoredRecord } from "../../store/contract.ts";
import type { Credential } from "./credentials.ts";
import type { BodyTie, RecordHeader, StampedHeader } from "./header.ts";

/**
 * A session whose idle limit has passed and that waits for its user's proof: proven to be the client's, its data unopened.
 * A class, and no {@link Live}, so that nothing takes it for a session that may be used.
 */
export class Locked implements StampedHeader {
  readonly credential: Credential;
  readonly record: StoredRecord<unknown>;
  readonly header: RecordHeader;
  readonly seenAt: number;
  readonly writtenIn: number;
  readonly tie: BodyTie;

  constructor(
    credential: Credential,
    record: StoredRecord<unknown>,
    { header, seenAt, writtenIn, tie }: StampedHeader,
  ) {
    this.credential = credential;
    this.record = record;
    this.header = header;
    this.seenAt = seenAt;
    this.writtenIn = writtenIn;
    this.tie = tie;
  }
}
