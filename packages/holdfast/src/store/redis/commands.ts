import { HoldfastError } from "../../errors.ts";
import { MOST_UNDER_WAY } from "../bounds.ts";
import type { Argument, Connection } from "./client.ts";
import { redisErrorName, storeFailure } from "./failure.ts";
import type { RedisSettings } from "./options.ts";
import type { Script } from "./scripts.ts";

/** The keys a script uses, the one that decides about the server first. */
export type ScriptKeys = readonly [string, ...string[]];

/** Sends the store's commands, unless they would only pile up. */
export class Commands {
  readonly #connection: Connection;
  readonly #wait: readonly Argument[] | undefined;
  readonly #replicas: number;
  #underWay = 0;

  constructor(connection: Connection, { durable }: Pick<RedisSettings, "durable">) {
    this.#connection = connection;
    this.#replicas = durable?.replicas ?? 0;
    this.#wait = durable && ["WAIT", String(durable.replicas), String(durable.timeout)];
  }

  /** A command that changes nothing. */
  read(key: string, ...command: readonly Argument[]): Promise<unknown> {
    return this.#guarded(() => this.#connection.send(key, command));
  }

  /** A command that changes something; with `durable` it has reached the replicas when this resolves. */
  write(key: string, ...command: readonly Argument[]): Promise<unknown> {
    return this.#guarded(() => this.#sendWrite(key, command));
  }

  /** A script that changes something. */
  run(script: Script, keys: ScriptKeys, ...args: readonly Argument[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    return this.#guarded(async () => {
      try {
        return await this.#sendWrite(keys[0], ["EVALSHA", script.sha1, ...rest]);
      } catch (error) {
        // The server has been restarted, or has never seen it.
        if (redisErrorName(error) !== "NOSCRIPT") throw error;
        return this.#sendWrite(keys[0], ["EVAL", script.source, ...rest]);
      }
    });
  }

  /** For each server that takes writes, what sends it a command. */
  async servers(): Promise<((command: readonly Argument[]) => Promise<unknown>)[]> {
    const nodes = await this.#connection.masters().catch((error) => {
      throw storeFailure(error);
    });
    return nodes.map((node) => (command) => this.#guarded(() => node.send(command)));
  }

  async #sendWrite(key: string, command: readonly Argument[]): Promise<unknown> {
    if (this.#wait === undefined) return this.#connection.send(key, command);
    const [reply, reached] = await this.#connection.sendAndWait(key, command, this.#wait);
    if (Number(reached) >= this.#replicas) return reply;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      `Only ${Number(reached)} of ${this.#replicas} replicas of Redis had the change in time.`,
    );
  }

  async #guarded(send: () => Promise<unknown>): Promise<unknown> {
    if (!this.#connection.ready) {
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_UNAVAILABLE",
        this.#connection.ended
          ? "The Redis client has been closed, or has given up."
          : "There is no connection to Redis. Try again in a moment.",
      );
    }
    if (this.#underWay >= MOST_UNDER_WAY) {
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_UNAVAILABLE",
        "Redis does not keep up. Try again in a moment.",
      );
    }
    this.#underWay += 1;
    try {
      return await send();
    } catch (error) {
      throw storeFailure(error);
    } finally {
      this.#underWay -= 1;
    }
  }
}
