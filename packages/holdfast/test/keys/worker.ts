/**
 * A process with keys that it shares: `worker.ts <database> [<key file>]`. On a word from its parent it starts its sessions,
 * rotates, and says which keys it then sees.
 */
import { once } from "node:events";
import { session } from "../../src/index.ts";
import { keyFile, storedKeys } from "../../src/keys/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";

const [database = "", file] = process.argv.slice(2);
const secret = process.env.SESSION_SECRET;

process.stdout.write("ready\n");
await once(process.stdin, "data");
const sessions = session({
  secret: file === undefined ? storedKeys({ secret }) : keyFile(file),
  store: new SqliteStore(database, { busyDeadline: "10s" }),
  storeTimeout: "15s",
  onWarning: () => {},
});
const { id } = await sessions.keys.rotate();
const keys = await sessions.keys.list();
process.stdout.write(`${JSON.stringify({ rotated: id, keys: keys.map((key) => [key.id, key.state]) })}\n`);
await sessions.close();
process.stdin.destroy();
