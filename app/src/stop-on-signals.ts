/**
 * SIGTERM and SIGINT end the process: with 0 once `close` has done its work, with 1 if it fails.
 *
 * @param onSecond - somebody asks again, and does not want to wait. Default: ends at once, with 1
 */
export function stopOnSignals(
  close: () => Promise<void>,
  onSecond: () => void = () => process.exit(1),
): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return onSecond();
    stopping = true;
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error("The server could not stop cleanly:", error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
