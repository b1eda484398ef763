/** A process that works on a session file: `worker.ts write <path>` or `worker.ts count <path> <handle> <times>`. */
import { once } from "node:events";
import { writeSync } from "node:fs";
import { setImmediate as pause } from "node:timers/promises";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { NOW, newHandle, record, text } from "../records.ts";

const [task, path = "", handle = "", times = "0"] = process.argv.slice(2);
if (task === "write") await writeForever();
else await countUp(Number(times));

/** Says each change once the store has acknowledged it, and not before. Ends by being killed. */
async function writeForever(): Promise<void> {
  const store = new SqliteStore(path);
  for (let turn = 0; ; turn++) {
    const session = newHandle();
    await store.create(session, record({ body: Buffer.from("created") }), NOW);
    say(`created ${session}`);
    if (turn % 3 === 0) continue;
    await store.update(session, 1, record({ body: Buffer.alloc(turn % 9_000, "u") }), NOW);
    say(`updated ${session}`);
    if (turn % 3 === 1) continue;
    await store.delete(session, NOW);
    say(`deleted ${session}`);
  }
}

/** On a word from its parent, creates the session unless another has, and adds one to its number so many times. */
async function countUp(times: number): Promise<void> {
  say("ready");
  await once(process.stdin, "data");
  const store = new SqliteStore(path, { busyDeadline: "10s" });
  say(await store.create(handle, record({ body: Buffer.from("0") }), NOW));
  let clashes = 0;
  for (let counted = 0; counted < times; ) {
    const found = await store.read(handle, NOW);
    if (found === null) throw new Error("the session is gone");
    // Leaves the others time to get in between.
    await pause();
    const body = Buffer.from(String(Number(text(found.body)) + 1));
    if (await store.update(handle, found.version, { ...found, body }, NOW)) counted += 1;
    else clashes += 1;
  }
  say(`clashes ${clashes}`);
  store.close();
  process.stdin.destroy();
}

/** Written at once: a killed process has no time to flush. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      // The pipe is full; whoever reads it is at work.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}
