import type { StoreLoss } from "../contract.ts";
import type { Row } from "./client.ts";

/**
 * What may make the server forget a commit that it has acknowledged, by its own settings for this user.
 *
 * @param server - its settings: `commits` (`synchronous_commit`), `standbys` (`synchronous_standby_names`) and `fsync`
 */
export function lossesOf({ commits, standbys, fsync }: Row, unlogged: boolean): StoreLoss[] {
  // A table without a log is empty after a crash, and on every replica.
  if (unlogged) return ["crash", "power-cut", "failover"];
  const losses: StoreLoss[] = [];
  // `off` acknowledges first and writes within a second.
  if (commits === "off") losses.push("crash");
  if (commits === "off" || fsync === "off") losses.push("power-cut");
  const replicated =
    commits !== "off" && commits !== "local" && typeof standbys === "string" && standbys !== "";
  if (!replicated) losses.push("failover");
  return losses;
}
