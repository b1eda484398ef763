import type { RequestLine } from "../exchange.ts";
import type { Scene } from "./scene.ts";

/** One thing that attackers send, and what must come of it. */
export interface HostileClass {
  readonly title: string;
  /** Of the reply. 200 is the page that somebody without a session gets, unless the title says more. */
  readonly status: number;
  /** How often the store is asked for one such request. Default: never. */
  readonly storeCalls?: number;
  /** How large the hostile part is, where that is the attacker's to choose. */
  readonly bytes?: number;
  /** True: it makes the server verify a signature, which costs what that costs. */
  readonly signature?: true;
  /** @param bytes - for the hostile part; without {@link HostileClass.bytes} it means nothing */
  request(scene: Scene, bytes: number): RequestLine;
}

/** Classes of one part of a request. */
export interface HostileGroup {
  readonly title: string;
  readonly classes: readonly HostileClass[];
}

/** `piece` again and again, up to so many bytes. */
export function storm(piece: string, bytes: number): string {
  return piece.repeat(Math.max(1, Math.floor(bytes / piece.length)));
}

export const KIB = 1024;
