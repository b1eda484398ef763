import { join } from "node:path";
import { programsOf } from "./debian-packages.ts";

/** How to run the server: a program and the environment it needs. */
export interface RedisBinaries {
  readonly server: string;
  readonly cli: string;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws Error if there is no Redis and none can be had */
export async function redisBinaries(): Promise<RedisBinaries> {
  const { folder, env } = await programsOf({
    name: "redis",
    packages: ["redis-server", "redis-tools", "liblzf1", "libjemalloc2", "libatomic1"],
    programs: ["redis-server", "redis-cli"],
    folder: "usr/bin",
  });
  return { server: join(folder, "redis-server"), cli: join(folder, "redis-cli"), env };
}
