import { type Awaitable, settle } from "../awaitable.ts";

/** A callback as Node's own APIs take it. One that says of what class the error is will do, as in express-session. */
export type Callback = { done(error?: unknown): void }["done"];

/** Runs `action` and tells the callback how it ended, never before the caller goes on. */
export function answer(action: () => Awaitable<void>, done: Callback | undefined): void {
  settle(
    action,
    () => void (done !== undefined && setImmediate(done)),
    (error) => void (done !== undefined && setImmediate(done, error)),
  );
}
