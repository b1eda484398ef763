/**
 * A connection without a network: a real `net.Socket` whose bytes go nowhere, or into a string while a reply is being
 * checked. It says that it is encrypted, so that both libraries send their `Secure` cookies.
 *
 * @module
 */
import { Socket } from "node:net";

type Written = (error?: Error | null) => void;

export class Wire extends Socket {
  encrypted = true;
  /** A real socket asks the system once per connection; all requests of a lane share one connection. */
  override readonly remoteAddress = "192.0.2.1";
  #recorded: string | undefined;

  /** Starts to keep what is written. */
  record(): void {
    this.#recorded = "";
  }

  /** What was written since {@link Wire.record}; stops keeping it. */
  recorded(): string {
    const text = this.#recorded ?? "";
    this.#recorded = undefined;
    return text;
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: Written): void {
    if (this.#recorded !== undefined) this.#recorded += textOf(chunk);
    done();
  }

  override _writev(chunks: { chunk: string | Uint8Array }[], done: Written): void {
    if (this.#recorded !== undefined) for (const { chunk } of chunks) this.#recorded += textOf(chunk);
    done();
  }
}

function textOf(chunk: string | Uint8Array): string {
  return typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("latin1");
}
