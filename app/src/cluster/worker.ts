import type { Config } from "../config.ts";
import { createLog } from "../log.ts";
import { runServers } from "../run-servers.ts";
import { PrimaryLink } from "./primary-link.ts";

/**
 * Serves the application on ports that the primary shares out. Ends with 0 when told to stop, by the primary or by a
 * signal; a terminal and some supervisors of services send one to every process, so more than once is as good as once.
 *
 * @throws {@link ConfigError} as {@link runServers} does
 */
export async function runWorker(config: Config, worker: number): Promise<void> {
  let stop = (): void => process.exit(0);
  const onStop = (): void => stop();
  const link = new PrimaryLink(onStop);
  process.on("SIGTERM", onStop);
  process.on("SIGINT", onStop);

  const log = createLog(config.logLevel, undefined, undefined, { worker });
  const running = await runServers(config, { log, worker, bus: link });
  stop = () => {
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error("the worker could not stop cleanly", { error });
        process.exit(1);
      },
    );
  };
  link.ready(running);
}
