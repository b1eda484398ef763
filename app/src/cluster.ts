/**
 * `npm run cluster`: the application as several processes behind one port. The first process keeps the others.
 *
 * @module
 */
import cluster from "node:cluster";
import { announce } from "./announce.ts";
import { WORKER_NUMBER, WorkerEnded } from "./cluster/place.ts";
import { Primary } from "./cluster/primary.ts";
import { runWorker } from "./cluster/worker.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { stopOnSignals } from "./stop-on-signals.ts";

// Whatever this process makes (database, keys) is for its own user.
process.umask(0o077);

try {
  const config = readConfig(process.env);
  if (cluster.isPrimary) await runPrimary(config);
  else await runWorker(config, Number(process.env[WORKER_NUMBER]));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}

async function runPrimary(config: Config): Promise<void> {
  const primary = new Primary(config, createLog(config.logLevel));
  const kill = (): void => {
    primary.kill();
    process.exit(1);
  };
  let stopping = false;
  const stop = (): Promise<void> => {
    stopping = true;
    return primary.stop();
  };
  stopOnSignals(stop, kill);
  try {
    announce(await primary.start());
  } catch (error) {
    if (stopping) return;
    primary.kill();
    if (!(error instanceof WorkerEnded)) throw error;
    process.exit(1);
  }
}
