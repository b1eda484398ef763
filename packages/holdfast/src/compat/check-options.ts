import { HoldfastError } from "../errors.ts";
import { optionNames } from "../express/check-options.ts";
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
 * @throws HoldfastError `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN`
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
  if (options.genid && typeof options.genid !== "function") throw refused("genid option must be a function");
  if (options.unset && options.unset !== "destroy" && options.unset !== "keep") {
    throw refused('unset option must be "destroy" or "keep"');
  }
  if (options.strict !== undefined && typeof options.strict !== "boolean") {
    throw refused("strict option must be true or false");
  }
}

function refused(message: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", message);
}
