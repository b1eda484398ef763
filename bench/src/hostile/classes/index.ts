import type { HostileGroup } from "../hostile-class.ts";
import { clients } from "./clients.ts";
import { cookies } from "./cookies.ts";
import { crossSite } from "./cross-site.ts";
import { proofs } from "./proofs.ts";
import { tokens } from "./tokens.ts";
import { transport } from "./transport.ts";
import { upgrades } from "./upgrades.ts";

export const GROUPS: readonly HostileGroup[] = [
  cookies,
  crossSite,
  transport,
  proofs,
  tokens,
  clients,
  upgrades,
];
