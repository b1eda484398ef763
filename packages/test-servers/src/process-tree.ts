import { readdirSync, readFileSync } from "node:fs";

/** Sends a signal to a process and all its descendants, parents first. Linux only. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const member of [pid, ...descendants(pid)]) {
    try {
      process.kill(member, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function descendants(pid: number): number[] {
  const children = processes().filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendants(child.pid)]);
}

function processes(): { pid: number; parent: number }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The second field, the command in brackets, may itself hold brackets and spaces.
        const [, parent] = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
        return [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return [];
      }
    });
}
