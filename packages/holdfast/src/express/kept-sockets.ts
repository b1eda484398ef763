import type { ClosableSocket } from "./close-socket.ts";

/**
 * What is to be closed when a session ends. A socket of Socket.IO that a later `io.use` refuses never connects, and nothing
 * tells of it: such ones are held weakly, so that they go once nobody else has them, and are closed while somebody has.
 */
export class KeptSockets {
  readonly #sockets = new Set<ClosableSocket>();
  readonly #connecting = new Set<WeakRef<ClosableSocket>>();

  add(socket: ClosableSocket): void {
    if (isConnecting(socket)) this.#connecting.add(new WeakRef(socket));
    else this.#sockets.add(socket);
  }

  delete(socket: ClosableSocket): void {
    this.#sockets.delete(socket);
    for (const ref of this.#connecting) if (ref.deref() === socket) this.#connecting.delete(ref);
  }

  get isEmpty(): boolean {
    return this.#sockets.size === 0 && this.#connecting.size === 0;
  }

  /** Those that are there. */
  all(): readonly ClosableSocket[] {
    this.#look();
    const connecting = [...this.#connecting].map((ref) => ref.deref()).filter((one) => one !== undefined);
    return [...this.#sockets, ...connecting];
  }

  /** True if there were some, and the last of them has gone without a word. */
  tidy(): boolean {
    if (this.#connecting.size === 0) return false;
    this.#look();
    return this.isEmpty;
  }

  #look(): void {
    for (const ref of this.#connecting) {
      const socket = ref.deref();
      if (socket !== undefined && isConnecting(socket)) continue;
      this.#connecting.delete(ref);
      if (socket !== undefined) this.#sockets.add(socket);
    }
  }
}

/** True for a socket of Socket.IO that is not connected yet. */
export function isConnecting(socket: ClosableSocket): boolean {
  return "connected" in socket && socket.connected === false;
}
