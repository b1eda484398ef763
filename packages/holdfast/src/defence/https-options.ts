/**
 * The options of `requireHttps()`, and what becomes of them.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import { type HstsOptions, hstsHeader } from "./hsts.ts";
import { type HostFor, type HttpsHosts, hostsFrom } from "./https-hosts.ts";

/** Options of `requireHttps()`. */
export interface RequireHttpsOptions {
  /**
   * Where the app is served over HTTPS: a host such as `"example.com"`, with a port where that is not 443, or a list. A
   * request is sent on to the host it asked for if that is among them, else to the first. Or a function that is given
   * the name asked for, in lower case and without port, and returns the host; what it returns `undefined` for, and what is no name of a host,
   * gets 400.
   * Required in production. Without it nobody is sent on: plain HTTP is refused, except on the developer's own machine.
   */
  readonly host?: HttpsHosts | undefined;
  /** `Strict-Transport-Security` on replies over HTTPS; `false` sends none. Default: a year, all subdomains. */
  readonly hsts?: HstsOptions | false | undefined;
  /**
   * Outside Express: true if every request comes through a proxy of yours that sets `X-Forwarded-Proto` itself. Default
   * `false`. Under Express, `trust proxy` says so instead.
   */
  readonly proxy?: boolean | undefined;
  /** Paths, compared exactly, that GET and HEAD may ask for over plain HTTP: health checks. Default: none. */
  readonly exempt?: readonly string[] | undefined;
  /** Told of a proxy that is not trusted, at most once a minute. Default: `process.emitWarning`. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Where the time comes from, for `onWarning`. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** The options, resolved. */
export interface HttpsSettings {
  readonly hostFor: HostFor | undefined;
  /** Names without ports, where the app has listed them; the first is where requests to others go. */
  readonly named: readonly string[];
  readonly hsts: string | undefined;
  readonly proxy: boolean | undefined;
  readonly exempt: ReadonlySet<string>;
  readonly production: boolean;
  readonly warn: (message: string) => void;
}

const OWNER = "requireHttps()";
const NAMES = ["host", "hsts", "proxy", "exempt", "onWarning", "clock"];
const MINUTE = 60_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION` */
export function resolveHttps(options: RequireHttpsOptions): HttpsSettings {
  checkOptionNames(OWNER, options, NAMES);
  const { host, hsts, proxy, exempt = [], onWarning = warnProcess, clock = systemClock } = options;
  const production = process.env.NODE_ENV === "production";
  if (host === undefined && production) {
    throw wrong(
      'needs `host` in production, such as { host: "example.com" }: the `Host` header of a request must not decide where ' +
        "its sender is sent.",
    );
  }
  if (proxy !== undefined && typeof proxy !== "boolean") throw wrong("`proxy` must be true or false.");
  if (typeof onWarning !== "function") throw wrong("`onWarning` must be a function.");
  if (!Array.isArray(exempt) || !exempt.every((path) => typeof path === "string" && path.startsWith("/")))
    throw wrong('`exempt` must be a list of paths, such as ["/healthz"].');
  return {
    ...(host === undefined ? { hostFor: undefined, named: [] } : hostsFrom(host)),
    hsts: hstsHeader(hsts),
    proxy,
    exempt: new Set(exempt),
    production,
    warn: atMostEach(MINUTE, onWarning, clock),
  };
}

function atMostEach(pause: number, warn: (message: string) => void, clock: Clock): (message: string) => void {
  let next = Number.NEGATIVE_INFINITY;
  return (message) => {
    const now = clock.now();
    if (now < next) return;
    next = now + pause;
    warn(message);
  };
}

function warnProcess(message: string): void {
  process.emitWarning(message, { type: "HoldfastWarning", code: "ERR_HOLDFAST_PROXY_UNTRUSTED" });
}

function wrong(what: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", `${OWNER}: ${what}`);
}
