/**
 * docs/reference/stores-under-faults.md, made of what a run has found.
 *
 * @module
 */
import { type Fault, faults, type Setup, setups } from "../trial/matrix.ts";
import type { Result } from "../trial/results.ts";
import { COMMAND_PREFIX, FROZEN, RECOVERY, REQUEST_DEADLINE, STORE_DEADLINE } from "../trial/scale.ts";

/** What the setups are put through, in the order of the page's rows. */
export const rows = { contract: "The contract", ...faults } as const satisfies Record<string, string>;

const none = "–";
const setupNames = Object.keys(setups) as Setup[];
const rowNames = Object.keys(rows) as (keyof typeof rows)[];

/** True if a setup is put through it. */
export function isTried(setup: Setup, row: keyof typeof rows): boolean {
  const tried: readonly string[] = setups[setup].faults;
  return row === "contract" || tried.includes(row);
}

/** @throws Error if a result is missing: then the run was not a whole one */
export function pageOf(
  results: readonly Result[],
  made: { readonly node: string; readonly date: string },
): string {
  const engines = new Set(results.map(({ engine }) => engine));
  return `# Stores under faults

What holds when a store's server is killed, frozen, cut off or full while clients are at work. This page is filled by a
run:

\`\`\`sh
${COMMAND_PREFIX}npm run test:faults && ${COMMAND_PREFIX}npm run page -w faults
\`\`\`

Made on ${made.date} with Node ${made.node}; ${[...engines].join("; ")}.

Two app processes share a store; with Redis one uses \`redis\` and the other \`ioredis\`. Eight browsers with two tabs
each sign in and out, read and write, on either process at random, and an operator ends sessions; meanwhile the fault
happens and passes. Each request and its reply is recorded, and afterwards a checker looks for what cannot be true of a
store that keeps its word:

- a session that was accepted by a request that began after its end was acknowledged, or that came back;
- an acknowledged write, or session, that is not there later;
- a session that shows another user, or what was not written to it;
- a request that took longer than ${seconds(REQUEST_DEADLINE)} (a sign-in asks the store up to five times, each time for up to
  ${STORE_DEADLINE} ms), or a reply that is neither a success nor a clear refusal;
- a process that ended, alarmed an operator for nothing, told a secret, or did not work again by itself within
  ${seconds(RECOVERY)} of the end of the fault (20 where connections are half open: a pool finds out one by one).

Any of it fails the run. "Nothing lost" means that none of it was found. "Sessions lost, as declared": the store had
forgotten what its \`capabilities.forgetsAfter\` says that it may, or what an operator had deleted, and nothing else;
sessions that had been ended stayed so. A failover may forget what a master had acknowledged within its last second;
that none was lost in this run does not mean that none ever is.

Frozen means for ${seconds(FROZEN)}. The quick run, without \`FAULTS=full\`, freezes for two, and CI does it at each change.

${table(
  setupNames.map((setup) => setups[setup].title),
  (setup, row) => cell(results, setup, row),
)}
Seen, and not shown to the bottom: in some runs in which a master of the cluster was frozen for ten seconds and came
back as a replica, a session that had begun meanwhile outlived a \`revokeUser\` within the next second. It fits that a
master which wakes acknowledges what waits for it before it learns that another has its place, and then forgets it: here,
which user the session is of. With \`durable\` such a master has no replica and acknowledges nothing. After a failover,
\`sessions.revokeAll()\` is the clean way. A renewal that a failover has forgotten ends its session, with the event
\`session_replayed\`.

## Figures

Of each run: requests, those of them answered with a 503, the slowest reply, and how soon both processes had
acknowledged a write once the fault had passed. They are of one machine, busy with its servers, apps and clients at
once, and show orders of magnitude.

${table(
  setupNames.map((setup) => setups[setup].title),
  (setup, row) => (row === "contract" ? undefined : figures(results, setup, row)),
)}`;
}

function table(
  columns: readonly string[],
  content: (setup: Setup, row: keyof typeof rows) => string | undefined,
): string {
  const lines = rowNames.flatMap((row) => {
    const cells = setupNames.map((setup) => (isTried(setup, row) ? content(setup, row) : none));
    return cells.includes(undefined) ? [] : [`| ${[rows[row], ...cells].join(" | ")} |\n`];
  });
  return `| | ${columns.join(" | ")} |\n|---|${columns.map(() => "---|").join("")}\n${lines.join("")}`;
}

function cell(results: readonly Result[], setup: Setup, row: Fault | "contract"): string {
  const { held } = resultOf(results, setup, row);
  return row === "contract" ? `${held} sentences` : held;
}

function figures(results: readonly Result[], setup: Setup, row: Fault): string {
  const { figures: found } = resultOf(results, setup, row);
  if (found === undefined) return "";
  const { requests, unavailable, slowest, recovered } = found;
  return `${requests}, ${unavailable}, ${Math.round(slowest)} ms, ${Math.round(recovered)} ms`;
}

function resultOf(results: readonly Result[], setup: Setup, row: Fault | "contract"): Result {
  const result = results.find((each) => each.setup === setup && each.fault === row);
  if (result === undefined) throw new Error(`no result of ${setup}, ${row}: npm run test:faults`);
  return result;
}

function seconds(ms: number): string {
  return `${ms / 1_000} seconds`;
}
