/**
 * Work that is done when a reply's head goes out, beneath everything that may still change the head: listeners of
 * `on-headers`, compression, sessions.
 *
 * Node sends every head through `writeHead` of the response's class, whoever calls it: `write`, `end` and
 * `flushHeaders` do too. What stands on a response itself, or on Express's prototypes, may have been put there earlier
 * than the policy and would then run after it; nothing runs after the class's own.
 *
 * @module
 */
import { ServerResponse } from "node:http";
import { Http2ServerResponse } from "node:http2";
import { Foreign } from "../express/attachment.ts";
import { takeHeaders } from "../express/reply-head.ts";

type BeforeHead = (res: ServerResponse) => void;

/** A private field on the response, seen by no other code. */
class ResponseWithWork extends Foreign {
  readonly #work: BeforeHead[];

  private constructor(res: ServerResponse, work: BeforeHead) {
    super(res);
    this.#work = [work];
  }

  static add(res: ServerResponse, work: BeforeHead): void {
    const others = ResponseWithWork.workOf(res);
    if (others === undefined) new ResponseWithWork(res, work);
    else if (!others.includes(work)) others.push(work);
  }

  static workOf(res: ServerResponse): BeforeHead[] | undefined {
    return #work in res ? (res as unknown as ResponseWithWork).#work : undefined;
  }
}

/** Does `work`, once, before the head of this reply goes out. {@link hookHeads} must have been called. */
export function beforeHead(res: ServerResponse, work: BeforeHead): void {
  ResponseWithWork.add(res, work);
}

let hooked = false;

/** Once in a process, before the first request: later, somebody might have kept the functions without the hook. */
export function hookHeads(): void {
  if (hooked) return;
  hooked = true;
  hook(ServerResponse.prototype, "writeHead");
  // Node's old name for the same function, which does not go through the new one.
  hook(ServerResponse.prototype, "writeHeader");
  hook(Http2ServerResponse.prototype, "writeHead");
}

function hook(prototype: object, name: string): void {
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== "function") return;
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    value: function (this: ServerResponse, ...args: unknown[]): unknown {
      const work = ResponseWithWork.workOf(this);
      if (work === undefined || this.headersSent) return Reflect.apply(original, this, args);
      const rest = takeHeaders(this, args);
      for (const one of work) one(this);
      return Reflect.apply(original, this, rest);
    },
  });
}
