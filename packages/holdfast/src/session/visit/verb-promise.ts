import { HoldfastError } from "../../errors.ts";

/**
 * The promise of a verb such as `save()`. It knows whether anybody listens: a failure that nobody hears must neither take
 * the process with it, as an unhandled rejection would, nor be followed by a reply that says all is well.
 */
export class VerbPromise<T = void> extends Promise<T> {
  /** True once somebody awaits it, or handles its failure. */
  heard = false;
  failed = false;
  failure: unknown = undefined;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // `await` calls this too, since the class is not Promise itself.
  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.heard = true;
    return super.then(fulfilled, rejected);
  }

  /** Notes the failure, and keeps it from being an unhandled rejection. */
  fail(failure: unknown): void {
    super.then(undefined, () => undefined);
    this.failure = failure;
    // Outside production plain HTTP is a warning, which has been given.
    this.failed = !(failure instanceof HoldfastError && failure.code === "ERR_HOLDFAST_INSECURE_TRANSPORT");
  }
}
