/**
 * The scripts: what Redis does in one step. Each uses keys of one slot only.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A script, and the name that the server knows it by once it has seen it. */
export interface Script {
  readonly source: string;
  readonly sha1: string;
}

function script(...parts: readonly string[]): Script {
  const source = parts.join("\n");
  return { source, sha1: createHash("sha1").update(source).digest("hex") };
}

/**
 * For scripts about a session: KEYS are its record and its group's epoch. A record is `version expiresAt epoch cover
 * keyId user headerLength ` and the bytes of header and body.
 */
const RECORD = `
local function fields(value)
  return string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%S+) (%S+) (%d+) ()')
end
local function head(key) return fields(redis.call('GETRANGE', key, 0, 280)) end
local epoch = redis.call('GET', KEYS[2])
local function lives(expires, of, now) return of == epoch and tonumber(expires) > tonumber(now) end
-- A lost epoch ends the sessions of its group, so it outlives them all.
local function put(value, ttl)
  if redis.call('PTTL', KEYS[2]) < tonumber(ttl) then redis.call('PEXPIRE', KEYS[2], 2 * ttl) end
  redis.call('SET', KEYS[1], value, 'PX', ttl)
end
`;

/** ARGV: now, expiresAt, cover, tail, ttl. 1: added; 0: a live one is there. */
export const CREATE: Script = script(
  RECORD,
  `
local version, expires, of = head(KEYS[1])
if version and lives(expires, of, ARGV[1]) then return 0 end
if not epoch then
  local time = redis.call('TIME')
  epoch = string.format('%d%06d', time[1], time[2])
  redis.call('SET', KEYS[2], epoch, 'PX', 2 * ARGV[5])
end
put('1 ' .. ARGV[2] .. ' ' .. epoch .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], ARGV[5])
return 1
`,
);

/**
 * ARGV: expected version, now, expiresAt, user, tail, ttl, and the cover if the user's index has just been extended.
 * 1: replaced; 0: moved or gone; 2: extend the user's index first.
 */
export const UPDATE: Script = script(
  RECORD,
  `
local version, expires, of, cover, _, user = head(KEYS[1])
if version ~= ARGV[1] or not lives(expires, of, ARGV[2]) then return 0 end
if ARGV[7] ~= '' then
  if user ~= ARGV[4] or tonumber(ARGV[7]) > tonumber(cover) then cover = ARGV[7] end
elseif ARGV[4] ~= '-' and (user ~= ARGV[4] or tonumber(ARGV[3]) > tonumber(cover)) then
  return 2
end
put(string.format('%.0f', version + 1) .. ' ' .. ARGV[3] .. ' ' .. of .. ' ' .. cover .. ' ' .. ARGV[5], ARGV[6])
return 1
`,
);

/**
 * ARGV: version, now, expiresAt, header, ttl, and the cover if the user's index has just been extended. 1: recorded;
 * 0: moved or gone; a user: extend this user's index first.
 */
export const TOUCH: Script = script(
  RECORD,
  `
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local version, expires, of, cover, key, user, length, at = fields(value)
if version ~= ARGV[1] or not lives(expires, of, ARGV[2]) then return 0 end
if user ~= '-' and tonumber(ARGV[3]) > tonumber(cover) then
  if ARGV[6] == '' then return user end
  cover = ARGV[6]
end
put(table.concat({version, ARGV[3], of, cover, key, user, #ARGV[4], ARGV[4] .. string.sub(value, at + length)}, ' '), ARGV[5])
return 1
`,
);

/**
 * ARGV: now; users, each between spaces, or nothing for whoever's it is. Removes the record; answers whether it was
 * live, and whose.
 */
export const DELETE: Script = script(
  RECORD,
  `
local version, expires, of, _, _, user = head(KEYS[1])
if version and ARGV[2] ~= '' and not string.find(ARGV[2], ' ' .. user .. ' ', 1, true) then return {0, '-'} end
redis.call('DEL', KEYS[1])
if not version then return {0, '-'} end
return {lives(expires, of, ARGV[1]) and 1 or 0, user}
`,
);

/** ARGV: a key's id. Removes the record if it depends on that key; answers how many, and whose. */
export const DELETE_OF_KEY: Script = script(
  RECORD,
  `
local version, _, _, _, key, user = head(KEYS[1])
if not version or key ~= ARGV[1] then return {0, '-'} end
return {redis.call('DEL', KEYS[1]), user}
`,
);

/** Removes the record if it is of a past epoch; answers how many. */
export const DELETE_DEAD: Script = script(
  RECORD,
  `
local version, _, of = head(KEYS[1])
if not version or of == epoch then return 0 end
return redis.call('DEL', KEYS[1])
`,
);

/**
 * For scripts about a user: KEYS are the user's generation, the group's generation and the user's index, a sorted set
 * of handles by the server's time until which each must be kept. With a plus sign: a session about to be added.
 */
const USER = `
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function number(key) return tonumber(redis.call('GET', key) or '0') end
local function generation() return math.max(number(KEYS[1]), number(KEYS[2])) end
local function moved(seen) return seen ~= '' and generation() > tonumber(seen) end
local function members()
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', micros() / 1000)
  return redis.call('ZRANGE', KEYS[3], 0, -1)
end
local function enter(member, ms)
  redis.call('ZADD', KEYS[3], 'GT', string.format('%.0f', micros() / 1000 + ms), member)
  if redis.call('PTTL', KEYS[3]) < tonumber(ms) then redis.call('PEXPIRE', KEYS[3], ms) end
end
`;

/** ARGV: how long to remember it, in ms. Moves the user's generation past every number it has had. */
export const MOVE_GENERATION: Script = script(
  USER,
  `
local now = string.format('%.0f', math.max(generation() + 1, micros()))
redis.call('SET', KEYS[1], now, 'PX', ARGV[1])
return 1
`,
);

/** ARGV: the generation seen, or nothing. Answers whether it has moved, and the members of the index. */
export const LOOK: Script = script(USER, "return {moved(ARGV[1]) and 1 or 0, members()}");

/**
 * ARGV: the generation seen, the members seen, the handle to add, ms to keep a place for it, members to remove. 1: its
 * place is kept; 0: the members have changed; -1: the generation has.
 */
export const RESERVE: Script = script(
  USER,
  `
if moved(ARGV[1]) then return -1 end
if table.concat(members(), ' ') ~= ARGV[2] then return 0 end
for i = 5, #ARGV do redis.call('ZREM', KEYS[3], ARGV[i]) end
enter('+' .. ARGV[3], ARGV[4])
return 1
`,
);

/**
 * ARGV: the generation seen, the handle, ms to keep it, and whether its place must still be kept. 1: it is in the
 * index; 0: its place was given to others; -1: the generation has moved. Asked again, as clients do that have not heard
 * the answer, it answers the same.
 */
export const CONFIRM: Script = script(
  USER,
  `
local kept = redis.call('ZREM', KEYS[3], '+' .. ARGV[2], ARGV[2])
if moved(ARGV[1]) then return -1 end
if ARGV[4] == '1' and kept == 0 then return 0 end
members()
enter(ARGV[2], ARGV[3])
return 1
`,
);

/** ARGV: the handle, ms to keep it. */
export const EXTEND: Script = script(USER, "enter(ARGV[1], ARGV[2]) return 1");

/**
 * KEYS: the value. ARGV: expected version, bytes, now; and expiresAt and ttl of one that ends, else nothing. 1: written;
 * 0: moved.
 */
export const WRITE_VALUE: Script = script(`
local version, ends, expires = string.match(redis.call('GETRANGE', KEYS[1], 0, 33), '^(%d+)(@?)(%d*) ')
if not version or (ends == '@' and (tonumber(expires) or 0) <= tonumber(ARGV[3])) then version = '0' end
if version ~= ARGV[1] then return 0 end
local next = string.format('%.0f', version + 1)
if ARGV[4] == '' then
  redis.call('SET', KEYS[1], next .. ' ' .. ARGV[2])
else
  redis.call('SET', KEYS[1], next .. '@' .. ARGV[4] .. ' ' .. ARGV[2], 'PX', ARGV[5])
end
return 1
`);
