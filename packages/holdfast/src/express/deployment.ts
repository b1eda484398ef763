/**
 * Everything one `session()` call sets up, shared by all its requests.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { systemClock } from "../clock.ts";
import { SessionCookie } from "../cookie/session-cookie.ts";
import { type CookieSettings, resolveCookie } from "../cookie/settings.ts";
import { type CrossOriginSettings, resolveRules } from "../cross-site/options.ts";
import { pooledRandom, type Random, systemRandom } from "../crypto/random.ts";
import { parseDuration, parseTimeout } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import type { KeyKeeper } from "../keys/keeper.ts";
import { KeyRing } from "../keys/key-ring.ts";
import { makeMigration } from "../migrate/make-migration.ts";
import type { Migration } from "../migrate/migration.ts";
import { Activity } from "../session/activity.ts";
import { CarriedActivity } from "../session/carried-activity.ts";
import { SharedTexts } from "../session/client/shared-texts.ts";
import type { Core } from "../session/core.ts";
import { describeEvent } from "../session/describe-event.ts";
import { EventHub } from "../session/event-hub.ts";
import type { Reporter } from "../session/events.ts";
import { ProviderIndex } from "../session/federation/provider-index.ts";
import type { KeyOperations } from "../session/key-operations.ts";
import { Deadlines } from "../session/outage/deadlines.ts";
import { resolvePolicy } from "../session/policy.ts";
import { recordCodec } from "../session/record/codec.ts";
import { Credentials } from "../session/record/credentials.ts";
import { Records } from "../session/record/records.ts";
import { absoluteLimit } from "../session/resolve-limits.ts";
import { Upkeep } from "../session/upkeep.ts";
import { Users } from "../session/users.ts";
import { SessionWatch } from "../session/watching/session-watch.ts";
import { CookieStore } from "../store/cookie.ts";
import { MemoryStore } from "../store/memory.ts";
import { Carrier } from "./carrier.ts";
import { fitForCarrying } from "./carrier-options.ts";
import { checkOptions, originsOf } from "./check-options.ts";
import { checkStoreCan } from "./check-store.ts";
import { type AddressOf, addressOf } from "./client-address.ts";
import { keepKeys, providerOf } from "./deployment-keys.ts";
import { type DeviceBound, deviceBoundOf } from "./device-bound/device-bound.ts";
import { guessLimitOf } from "./forged.ts";
import type { GuessLimit } from "./guess-limit.ts";
import { type OnRisk, riskJudge } from "./on-risk.ts";
import { type OnStoreError, storeErrorJudge } from "./on-store-error.ts";
import type { SessionOptions } from "./options.ts";
import { overloadLimits } from "./overload.ts";
import { watchSettings } from "./socket-options.ts";
import { type StoreWatch, watchStore } from "./store-watch.ts";

const STORE_TIMEOUT = 500;

/** A third of a megabyte at most. */
const MOST_AGENTS = 1_000;

export interface Deployment {
  readonly core: Core;
  readonly keeper: KeyKeeper;
  readonly keys: KeyOperations;
  readonly users: Users;
  readonly upkeep: Upkeep;
  readonly storeWatch: StoreWatch;
  /** The sessions that open sockets depend on. */
  readonly socketWatch: SessionWatch;
  readonly cookieSettings: CookieSettings;
  readonly sessionCookie: SessionCookie;
  readonly origins: ReadonlySet<string>;
  readonly checksCrossSite: boolean;
  /** Which requests from other sites pass all the same. */
  readonly crossOrigin: CrossOriginSettings;
  readonly proxy: boolean | undefined;
  readonly clearSiteData: boolean;
  readonly unset: "destroy" | "keep";
  readonly isActivity: ((req: IncomingMessage) => boolean) | undefined;
  readonly addressOf: AddressOf;
  /** What browsers call themselves. */
  readonly agents: SharedTexts;
  /** `undefined`: guessed ids are events, and nothing else. */
  readonly guessLimit: GuessLimit | undefined;
  /** `undefined`: a change of client is an event, and nothing else. */
  readonly onRisk: OnRisk | undefined;
  /** What becomes of a request whose session cannot be read. */
  readonly onStoreError: Exclude<OnStoreError, string>;
  /** True if sessions are loaded at their first use, all of them. */
  readonly lazy: boolean;
  /** `undefined`: sessions are kept on the server. */
  readonly carrier: Carrier | undefined;
  /** For what is done outside any request. */
  readonly reporter: Reporter;
  /** `undefined`: no sessions are taken over. */
  readonly migration: Migration | undefined;
  /** `undefined`: no sessions are bound to devices. */
  readonly deviceBound: DeviceBound | undefined;
  readonly random: Random;
  /** Says a thing once. */
  warn(topic: string, message: string): void;
  /** A session cookie goes over plain HTTP, as local development allows. */
  warnOfPlainCookie(): void;
  /** A session was to be changed over plain HTTP. @throws {HoldfastError} in production */
  refuseInsecure(): void;
}

/** Resolves and checks all options. @throws {HoldfastError} a code of its own for each thing that is wrong */
export function deploy(input: unknown): Deployment {
  const options = fitForCarrying(checkOptions(input));
  const { storeTimeout = STORE_TIMEOUT } = options;
  const production = process.env.NODE_ENV === "production";
  const tell = teller(options.onWarning);
  const warn = once(tell);
  checkTools(options);
  const randomSource = options.random ?? systemRandom;
  const random = pooledRandom(randomSource);
  const clock = options.clock ?? systemClock;
  const cookieSettings = resolveCookie(options, { ...absoluteLimit(options), production });
  const policy = resolvePolicy(options, cookieSettings.maxAge, cookieSettings.path);
  const sockets = watchSettings(options.sockets);
  warnOfShortenedCookie(options, cookieSettings.maxAge, warn);
  const provider = providerOf(options.secret, production, random, warn);
  const keys = new KeyRing();
  const store = options.store ?? memoryStore(production, warn, tell);
  checkStoreCan(store.capabilities, policy, provider);
  const deadlines = new Deadlines(parseTimeout(storeTimeout, "storeTimeout"));
  const source = Symbol("session()");
  const codec = recordCodec(store.capabilities.location, keys, random);
  const credentials = new Credentials(keys, randomSource);
  const events = new EventHub((error) =>
    warn("listener", `A listener for session events threw: ${String(error)}`),
  );
  const reporter = reporterOutsideRequests(events, keys, clock);
  const storeWatch = watchStore(store, { options, deadlines, source, credentials, clock, reporter, warn });
  const { calls } = storeWatch;
  const migration = makeMigration(options.migrate, {
    store,
    calls,
    deadlines,
    inFlight: overloadLimits(options.overload).inFlight,
    source,
    cookieSettings,
    clock,
    reporter,
    warn,
  });
  const records = new Records(calls, codec, credentials, policy, migration);
  const carries = store instanceof CookieStore;
  if (carries) store.serve(policy.absolute, random);
  const activity = new (carries ? CarriedActivity : Activity)(records, clock, reporter);
  const core: Core = {
    policy,
    keys,
    credentials,
    store: calls,
    records,
    activity,
    events,
    clock,
    source,
    legacy: migration,
    providers: new ProviderIndex(keys, calls, clock, random),
  };
  if (options.saveUninitialized === true) {
    warn(
      "saveUninitialized",
      "saveUninitialized: true does nothing here: an empty session is never stored. Leave it out.",
    );
  }
  const origins = originsOf(options.origin);
  const deviceBound = deviceBoundOf(core, cookieSettings);
  const crossOrigin = resolveRules("session({ crossOrigin })", options.crossOrigin);
  const { keeper, operations } = keepKeys(core, {
    provider,
    store,
    random,
    timeout: deadlines.keys,
    warn,
    reporter,
  });
  return {
    core,
    keeper,
    keys: operations,
    users: new Users(core, reporter, keeper),
    upkeep: new Upkeep(core, reporter),
    storeWatch,
    socketWatch: new SessionWatch({
      ...sockets,
      core,
      reporter,
      warn,
      chance: Math.random,
    }),
    cookieSettings,
    sessionCookie: new SessionCookie(cookieSettings),
    origins,
    checksCrossSite: options.insecureAllowCrossSite !== true,
    crossOrigin,
    proxy: options.proxy,
    clearSiteData: options.clearSiteData ?? false,
    unset: options.unset ?? "destroy",
    isActivity: options.isActivity,
    addressOf: addressOf(options.clientAddress, warn),
    agents: new SharedTexts(MOST_AGENTS),
    guessLimit: guessLimitOf(options, clock),
    onRisk: options.onRisk && riskJudge(options.onRisk, warn),
    onStoreError: storeErrorJudge(options.onStoreError, warn),
    lazy:
      store.capabilities.sync &&
      options.rolling !== true &&
      !carries &&
      migration?.keeps !== true &&
      deviceBound === undefined,
    reporter,
    migration,
    deviceBound,
    random,
    carrier: carries ? new Carrier(core, store, cookieSettings, random) : undefined,
    warn,
    warnOfPlainCookie: () => {
      if (cookieSettings.http !== "local-development") return;
      warn(
        "plain cookie",
        'Session cookies go over plain HTTP to this machine\'s own browser: NODE_ENV is not "production", and ' +
          "cookie.secure is not true. In production sessions need HTTPS.",
      );
    },
    refuseInsecure: () => {
      const error = new HoldfastError("ERR_HOLDFAST_INSECURE_TRANSPORT");
      if (production) throw error;
      warn("plain HTTP", `${error.message} ${withoutTls(cookieSettings)}`);
    },
  };
}

function withoutTls({ http }: CookieSettings): string {
  if (http === "never") return 'For development without TLS, set cookie: { secure: "auto" }.';
  return "Without TLS only requests from this machine to localhost, 127.0.0.1 or [::1], through no proxy, get a session.";
}

// The cookie's life was written down and is not what the browser will see: better said at start than found out.
function warnOfShortenedCookie(
  options: SessionOptions,
  life: number | undefined,
  warn: Deployment["warn"],
): void {
  const asked = options.cookie?.maxAge;
  if (asked === undefined || asked === null || life === undefined) return;
  if (parseDuration(asked, "cookie.maxAge") <= life) return;
  warn(
    "cookie.maxAge",
    "cookie.maxAge is longer than the absolute limit of 12 hours and was shortened to it. Set `absolute` to keep people " +
      "signed in for longer.",
  );
}

function checkTools({ random, clock }: SessionOptions): void {
  // A fraction would be written into records that no store can read again.
  if (clock !== undefined && !Number.isSafeInteger(clock.now())) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "`clock.now()` must return whole milliseconds since 1970.",
    );
  }
  const bytes: unknown = random?.(16);
  if (random !== undefined && !(Buffer.isBuffer(bytes) && bytes.length === 16)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "`random(size)` must return a Buffer of `size` random bytes.",
    );
  }
}

function memoryStore(
  production: boolean,
  warn: Deployment["warn"],
  tell: (message: string) => void,
): MemoryStore<unknown> {
  if (production) {
    warn(
      "memory store",
      "Sessions are kept in this process's memory: they end when it does, and no other process sees them. Pass a store.",
    );
  }
  // It limits itself.
  return new MemoryStore<unknown>({ onWarning: tell });
}

function once(tell: (message: string) => void): Deployment["warn"] {
  const said = new Set<string>();
  return (topic, message) => {
    if (said.has(topic)) return;
    said.add(topic);
    tell(message);
  };
}

function teller(onWarning: SessionOptions["onWarning"]): (message: string) => void {
  return (message) => {
    try {
      if (onWarning !== undefined) return onWarning(message);
    } catch {
      // A warning must not cost a request; it is given in the other way.
    }
    process.emitWarning(message, { type: "HoldfastWarning" });
  };
}

// For what is done outside any request: pruning, recording activity, revoking.
function reporterOutsideRequests(events: EventHub, keys: KeyRing, clock: { now(): number }): Reporter {
  return {
    report(type, fields, about = {}) {
      if (!events.heard(type)) return;
      events.emit(describeEvent(type, fields, clock.now(), keys, about));
    },
  };
}
