import { HoldfastError } from "../errors.ts";
import { optionNames } from "../express/check-options.ts";
import { hasMethods } from "../has-methods.ts";
import type { SessionOptions } from "./options.ts";

// Spelt out as a record, so that an option added to the type is missed here by the compiler.
const KNOWN: Readonly<Record<keyof SessionOptions, true>> = {
  secret: true,
  name: true,
  key: true,
  store: true,
  genid: true,
  resave: true,
  saveUninitialized: true,
  rolling: true,
  proxy: true,
  unset: true,
  cookie: true,
  strict: true,
  storeTimeout: true,
};

/**
 * Refuses what express-session refuses, and what belongs to the main API. Other names are ignored, as they were: an app
 * that runs must go on running.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_STORE_OPTION`
 */
export function checkOptions(options: SessionOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(KNOWN, name) || !optionNames.has(name)) continue;
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION_UNKNOWN",
      `\`${name}\` is an option of session() from "holdfast", and does nothing in "holdfast/compat". Import the one from ` +
        '"holdfast", or leave the option out; docs/guide/compat.md says what differs.',
    );
  }
  checkStore(options.store);
  if (options.genid && typeof options.genid !== "function") throw refused("genid option must be a function");
  if (options.unset && options.unset !== "destroy" && options.unset !== "keep") {
    throw refused('unset option must be "destroy" or "keep"');
  }
  if (options.strict !== undefined && typeof options.strict !== "boolean") {
    throw refused("strict option must be true or false");
  }
}

function checkStore(store: unknown): void {
  if (!store || hasMethods(store, "get", "set", "destroy", "on")) return;
  const main = hasMethods(store, "read", "create", "update");
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_OPTION",
    main
      ? '`store` is one of the main API\'s. Import session from "holdfast" for it, or give one made for express-session; ' +
          "docs/guide/compat.md says what differs."
      : "`store` must be a store made for express-session: an EventEmitter with get, set and destroy.",
  );
}

function refused(message: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", message);
}
