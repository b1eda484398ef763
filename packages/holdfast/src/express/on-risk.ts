import type { IncomingMessage } from "node:http";
import { type ClientRisk, isVerdict, type RiskVerdict } from "../session/client/risk.ts";

/** The app's judgement of a change of client; see {@link SessionOptions.onRisk}. */
export type OnRisk = (risk: ClientRisk, req: IncomingMessage) => RiskVerdict;

/**
 * Asks the app. Where it throws, or gives no verdict, the user must prove who they are: a mistake in the app's code
 * must neither let a stolen session pass nor log anybody out.
 */
export function riskJudge(onRisk: OnRisk, warn: (topic: string, message: string) => void): OnRisk {
  return (risk, req) => {
    try {
      const verdict: unknown = onRisk(risk, req);
      if (isVerdict(verdict)) return verdict;
      if (verdict instanceof Promise) verdict.catch(() => undefined);
      warn(
        "onRisk",
        `\`onRisk\` must return "allow", "notify", "reauthenticate" or "end", at once. ${MEANWHILE}`,
      );
    } catch (error) {
      warn("onRisk", `\`onRisk\` threw: ${String(error)}. ${MEANWHILE}`);
    }
    return "reauthenticate";
  };
}

const MEANWHILE = 'Until it does, every change counts as "reauthenticate".';
