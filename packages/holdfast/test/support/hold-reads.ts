import type { Store } from "express-session";
import { gate } from "./renewals.ts";

/** Lets the next read of a legacy store find what is there, and answer only when it is told to. */
export function holdReads(store: Store): { readonly began: Promise<void>; readonly release: () => void } {
  const [began, answers] = [gate(), gate()];
  const get = store.get.bind(store);
  store.get = (id, done) => {
    store.get = get;
    get(id, (error, found) => {
      began.release();
      void answers.open.then(() => done(error, found));
    });
  };
  return { began: began.open, release: answers.release };
}
