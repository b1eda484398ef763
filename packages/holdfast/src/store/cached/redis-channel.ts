import { HoldfastError } from "../../errors.ts";
import { hasMethods } from "../../has-methods.ts";
import { checkOptionNames } from "../../option-checks.ts";
import type { InvalidationChannel } from "./channel.ts";

/** What publishes: a connected client of node-redis or ioredis, of a single server or a cluster. */
export interface RedisPublisher {
  publish(channel: string, message: string): Promise<unknown>;
}

/** A client of ioredis to subscribe with. */
export interface IoredisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  on(event: "error", listener: () => void): unknown;
  off(event: "message", listener: (channel: string, message: string) => void): unknown;
}

/** A client of node-redis to subscribe with. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: unknown) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: unknown) => void): Promise<unknown>;
  on(event: "error", listener: () => void): unknown;
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  destroy(): unknown;
}

/** What `redisChannel()` needs. */
export interface RedisChannelOptions {
  readonly publisher: RedisPublisher;
  /** A client of its own, such as `client.duplicate()`: one that has subscribed can do little else. */
  readonly subscriber: IoredisSubscriber | NodeRedisSubscriber;
  /** The pub/sub channel's name. Default `"holdfast:read-cache"`. Pub/sub knows no database numbers and no key prefix. */
  readonly name?: string | undefined;
}

/**
 * A channel over Redis or Valkey pub/sub; in a cluster it reaches all nodes. A subscriber of the package `redis` that has
 * not been connected is connected, and closed with the channel; other clients stay open. They connect anew by themselves:
 * leave that on.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN`
 */
export function redisChannel(options: RedisChannelOptions): InvalidationChannel {
  checkOptionNames("redisChannel()", options, ["publisher", "subscriber", "name"]);
  const { publisher, subscriber, name = "holdfast:read-cache" } = options;
  assertMethods("publisher", publisher, ["publish"]);
  assertMethods("subscriber", subscriber, ["subscribe", "unsubscribe", "on"]);
  if (typeof name !== "string" || name === "") throw refusal("`name` must be a text that is not empty.");
  // Its trouble shows in that nothing is heard; unheard it would end the process.
  subscriber.on("error", () => {});
  const subscription = isNodeRedis(subscriber)
    ? nodeRedisSubscription(subscriber, name)
    : ioredisSubscription(subscriber, name);
  return {
    publish: (message) => publisher.publish(name, message),
    subscribe: (listener) => subscription.begin(listener),
    close: () => subscription.end(),
  };
}

interface Subscription {
  begin(listener: (message: string) => void): Promise<void>;
  /** Whether or not it has begun, or is still trying to. */
  end(): Promise<void>;
}

function nodeRedisSubscription(client: NodeRedisSubscriber, name: string): Subscription {
  let isOurs = false;
  let hear: ((message: unknown) => void) | undefined;
  return {
    async begin(listener) {
      hear = (message) => {
        if (typeof message === "string") listener(message);
      };
      if (!client.isOpen) {
        isOurs = true;
        await client.connect();
      }
      await client.subscribe(name, hear);
    },
    async end() {
      if (!client.isOpen) return;
      if (isOurs) client.destroy();
      else if (hear !== undefined) await client.unsubscribe(name, hear);
    },
  };
}

function ioredisSubscription(client: IoredisSubscriber, name: string): Subscription {
  let hear: ((channel: string, message: string) => void) | undefined;
  return {
    async begin(listener) {
      const heard = (channel: string, message: string): void => {
        if (channel === name) listener(message);
      };
      hear = heard;
      client.on("message", heard);
      try {
        await client.subscribe(name);
      } catch (error) {
        client.off("message", heard);
        throw error;
      }
    },
    async end() {
      if (hear === undefined) return;
      client.off("message", hear);
      await client.unsubscribe(name);
    },
  };
}

function isNodeRedis(client: IoredisSubscriber | NodeRedisSubscriber): client is NodeRedisSubscriber {
  return "isOpen" in client;
}

function assertMethods(option: string, client: unknown, methods: readonly string[]): void {
  if (!hasMethods(client, ...methods))
    throw refusal(`\`${option}\` must be a client of node-redis or ioredis.`);
}

function refusal(reason: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", `redisChannel(): ${reason}`);
}
