import type { SessionData } from "express-session";
import type { Library } from "./side-by-side.ts";

type Operation = "get" | "set" | "destroy" | "touch";

/**
 * - `at once`: calls back before it returns
 * - `later`: calls back in a later turn of the event loop, as a database does
 * - `promise`: `later`, with async methods that call back too
 */
export type Answers = "at once" | "later" | "promise";

type Callback = (error?: unknown, session?: SessionData | null) => void;

/** A store as apps write them for express-session, with its rows and calls in sight. */
export interface LegacyStore extends InstanceType<Library["Store"]> {
  /** Stored text by session id. */
  readonly rows: Map<string, string>;
  readonly calls: Operation[];
  /** How many calls of `operation` there were so far. */
  count(operation: Operation): number;
  /** Stops the next call of `operation` before it does anything. */
  hold(operation: Operation): { readonly reached: Promise<void>; readonly release: () => void };
  /** Every call of `operation` fails from now on; `undefined`: no longer. */
  fail(operation: Operation, error: unknown): void;
}

/**
 * A new store on the `Store` of a library.
 *
 * @param options - `touches`: false leaves `touch` out. `rows`: shared by stores of one database
 */
export function legacyStore(
  { Store }: Library,
  {
    answers = "later",
    touches = true,
    rows = new Map(),
  }: { answers?: Answers; touches?: boolean; rows?: Map<string, string> } = {},
): LegacyStore {
  const calls: Operation[] = [];
  const gates = new Map<Operation, { readonly arrived: () => void; readonly opened: Promise<void> }>();
  const failures = new Map<Operation, unknown>();

  const run = (operation: Operation, callback: Callback | undefined, effect: () => unknown): unknown => {
    calls.push(operation);
    const answer = (): void => {
      if (failures.has(operation)) return callback?.(failures.get(operation));
      const result = effect();
      callback?.(null, result as SessionData | null);
    };
    const gate = gates.get(operation);
    gates.delete(operation);
    gate?.arrived();
    if (gate !== undefined) return void gate.opened.then(answer);
    if (answers === "at once") return answer();
    const turn = new Promise<void>((resolve) => setImmediate(resolve)).then(answer);
    return answers === "promise" ? turn : undefined;
  };

  class Kept extends Store implements LegacyStore {
    readonly rows = rows;
    readonly calls = calls;

    count(operation: Operation): number {
      return calls.filter((call) => call === operation).length;
    }

    hold(operation: Operation): { readonly reached: Promise<void>; readonly release: () => void } {
      let arrived = (): void => {};
      let release = (): void => {};
      const reached = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const opened = new Promise<void>((resolve) => {
        release = resolve;
      });
      gates.set(operation, { arrived, opened });
      return { reached, release };
    }

    fail(operation: Operation, error: unknown): void {
      if (error === undefined) failures.delete(operation);
      else failures.set(operation, error);
    }

    override get(id: string, callback: Callback): unknown {
      return run("get", callback, () => {
        const row = rows.get(id);
        return row === undefined ? null : JSON.parse(row);
      });
    }

    override set(id: string, session: SessionData, callback?: Callback): unknown {
      const row = JSON.stringify(session);
      return run("set", callback, () => void rows.set(id, row));
    }

    override destroy(id: string, callback?: Callback): unknown {
      return run("destroy", callback, () => void rows.delete(id));
    }
  }

  if (touches) {
    Object.defineProperty(Kept.prototype, "touch", {
      value: (id: string, session: SessionData, callback?: Callback) =>
        run("touch", callback, () => {
          const row = rows.get(id);
          if (row !== undefined) rows.set(id, JSON.stringify({ ...JSON.parse(row), cookie: session.cookie }));
        }),
    });
  }
  return new Kept();
}
