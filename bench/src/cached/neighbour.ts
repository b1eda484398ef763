/**
 * A second process that caches, so that changes have somebody to wait for.
 *
 * @module
 */
import { openStores } from "./process.ts";

const { close } = await openStores(process.argv[2] ?? "");
process.send?.("serving");
process.on("disconnect", () => void close());
