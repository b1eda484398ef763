/**
 * Real servers for tests: started when a test asks, on a port of their own, with their data in a folder that goes
 * away with them. They can be killed, frozen and started again.
 *
 * @module
 */
export { programsOf } from "./debian-packages.ts";
export { type Found, found, type Missing } from "./found.ts";
export { type PgBouncer, startPgBouncer } from "./pgbouncer.ts";
export { type PostgresServer, startPostgres } from "./postgres.ts";
export { type RedisServer, startRedis } from "./redis.ts";
export { type RedisCluster, startRedisCluster } from "./redis-cluster.ts";
export { type RedisSentinel, startRedisSentinel } from "./redis-sentinel.ts";
export { type Line, startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
