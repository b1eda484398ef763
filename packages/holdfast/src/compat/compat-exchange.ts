import { Exchange, type ReplyFunctionName, type ReplyFunctions } from "../express/exchange.ts";

/**
 * A reply that may be ended twice: express-session ignores the second `res.end`, where Node would end the process with
 * an error event that nobody listens to, and apps have come to rely on it.
 */
export class CompatExchange extends Exchange {
  override intercept(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    if (name === "end" && this.res.writableEnded) return false;
    return super.intercept(original, name, args);
  }
}
