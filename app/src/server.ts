/**
 * The process: reads the environment, says where it is, ends cleanly on SIGTERM and SIGINT.
 *
 * @module
 */
import { ConfigError, readConfig } from "./config.ts";
import { type Running, runServers } from "./run-servers.ts";

// Whatever this process makes (database, keys) is for its own user.
process.umask(0o077);

try {
  const running = await runServers(readConfig(process.env));
  // First: whoever reads the announcement may ask for the end at once.
  stopOn(running, ["SIGTERM", "SIGINT"]);
  announce(running);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}

function announce({ port, url, caFile }: Running): void {
  console.log(`Server running on port ${port}`);
  console.log(`Open ${url}`);
  if (caFile === undefined) return;
  console.log(`Your browser will warn until it trusts the certificate authority made for this machine:`);
  console.log(`  ${caFile}`);
  console.log(
    `Import it as an authority in the browser's certificate settings, or try: curl --cacert ${caFile} ${url}`,
  );
}

function stopOn(running: Running, signals: readonly NodeJS.Signals[]): void {
  let stopping = false;
  for (const signal of signals) {
    process.on(signal, () => {
      // Asked twice: whoever asks does not want to wait.
      if (stopping) process.exit(1);
      stopping = true;
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error("The server could not stop cleanly:", error);
          process.exit(1);
        },
      );
    });
  }
}
