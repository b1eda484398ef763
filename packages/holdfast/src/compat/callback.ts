import { type Awaitable, settle } from "../awaitable.ts";

/** A callback as Node's own APIs take it. */
export type Callback = (error?: unknown) => void;

/** Runs `action` and tells the callback how it ended, never before the caller goes on. */
export function answer(action: () => Awaitable<void>, done: Callback | undefined): void {
  settle(
    action,
    () => void (done !== undefined && setImmediate(done)),
    (error) => void (done !== undefined && setImmediate(done, error)),
  );
}
