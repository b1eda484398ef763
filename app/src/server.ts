/**
 * The process: reads the environment, says where it is, ends cleanly on SIGTERM and SIGINT.
 *
 * @module
 */
import { announce } from "./announce.ts";
import { ConfigError, readConfig } from "./config.ts";
import { runServers } from "./run-servers.ts";
import { stopOnSignals } from "./stop-on-signals.ts";

// Whatever this process makes (database, keys) is for its own user.
process.umask(0o077);

try {
  const running = await runServers(readConfig(process.env));
  // First: whoever reads the announcement may ask for the end at once.
  stopOnSignals(() => running.close());
  announce(running);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
