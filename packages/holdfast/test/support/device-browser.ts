/**
 * A browser that binds sessions to its device, as Chromium does: it registers, refreshes, waits, retries and gives up by
 * the same rules. Its key cannot be copied; its cookies can.
 */
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import type { Algorithm } from "../../src/dbsc/public-key.ts";
import { type DeviceKey, newDeviceKey, refreshProof, registrationProof } from "./device-keys.ts";

/** Where the app is. */
export interface Site {
  readonly host: string;
  /** One for each process; a browser asks them in turn. */
  readonly ports: readonly number[];
  readonly ca: string;
  now(): number;
}

export interface DeviceReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly setCookie: readonly string[];
}

interface Cookie {
  readonly value: string;
  readonly attributes: string;
  readonly until: number;
}

/** What the browser keeps of a binding. */
interface Binding {
  readonly id: string;
  readonly key: DeviceKey;
  readonly refreshPath: string;
  readonly cookie: { readonly name: string; readonly attributes: string };
  challenge: string | undefined;
}

export interface Navigation {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** True for a link from another site: cookies that are Lax go along, and nothing is refreshed first. */
  readonly crossSite?: boolean;
}

const ATTRIBUTES = new Set(["domain", "path", "secure", "httponly", "samesite"]);
const MOST_TRIES = 4;

export class DeviceBrowser {
  readonly #site: Site;
  readonly #quotes: boolean;
  readonly #algorithm: Algorithm;
  readonly cookies = new Map<string, Cookie>();
  /** Each request that went out: method, path, and status of the answer. */
  readonly log: string[] = [];
  binding: Binding | undefined;
  /** False: a browser that knows nothing of bindings. */
  binds = true;
  /** Answers to these paths get lost, once each: the server has done its work, and the browser does not know. */
  readonly lose: Set<string> = new Set();
  #refreshing: Promise<string | undefined> | undefined;
  #asked = 0;

  constructor(
    site: Site,
    { quotes = false, algorithm = "ES256" }: { quotes?: boolean; algorithm?: Algorithm } = {},
  ) {
    this.#site = site;
    this.#quotes = quotes;
    this.#algorithm = algorithm;
  }

  /** A thief's browser: the cookies, and not the key. */
  copy(): DeviceBrowser {
    const thief = new DeviceBrowser(this.#site);
    for (const [name, cookie] of this.cookies) thief.cookies.set(name, cookie);
    return thief;
  }

  cookie(name: string): string | undefined {
    const cookie = this.cookies.get(name);
    return cookie === undefined || cookie.until <= this.#site.now() ? undefined : cookie.value;
  }

  /** A page's fetch, or a navigation with `headers`. */
  async send(
    path: string,
    { method = "GET", headers = {}, crossSite = false }: Navigation = {},
  ): Promise<DeviceReply> {
    const skipped = crossSite || this.#isExcluded(path) ? undefined : await this.refresh();
    const reply = await this.raw(path, method, {
      ...(method === "POST" && { origin: `https://${this.#site.host}` }),
      "sec-fetch-site": crossSite ? "cross-site" : "same-origin",
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
      ...(skipped !== undefined && { "secure-session-skipped": skipped }),
      ...headers,
    });
    const offer = reply.headers["secure-session-registration"];
    if (this.binds && typeof offer === "string") await this.#register(offer);
    return reply;
  }

  /** A link that is followed, or a URL that is typed. */
  navigate(path: string, crossSite: boolean = false): Promise<DeviceReply> {
    return this.send(path, { crossSite, headers: { "sec-fetch-mode": "navigate", accept: "text/html" } });
  }

  async json(path: string, options?: Navigation): Promise<Record<string, unknown>> {
    return JSON.parse((await this.send(path, options)).text);
  }

  async #register(offer: string): Promise<void> {
    const challenge = /;challenge="([\w-]+)"/.exec(offer)?.[1];
    const authorization = /;authorization="([\w-]+)"/.exec(offer)?.[1];
    const path = /;path="([^"]+)"/.exec(offer)?.[1];
    if (!offer.startsWith(`(ES256 RS256);`) || !challenge || !authorization || !path)
      throw new Error(`no offer: ${offer}`);
    const key = newDeviceKey(this.#algorithm);
    const proof = registrationProof(key, challenge, authorization);
    const reply = await this.raw(path, "POST", { "secure-session-response": this.#string(proof) });
    if (reply.status !== 200) return;
    const config = JSON.parse(reply.text);
    const [cookie] = config.credentials;
    for (const part of cookie.attributes.split("; "))
      if (!ATTRIBUTES.has(part.split("=")[0].toLowerCase())) throw new Error(`unpermitted attribute ${part}`);
    if (typeof config.scope.include_site !== "boolean" || !/^[\w-]+$/.test(config.session_identifier))
      throw new Error("instructions that no browser takes");
    if (cookie.name.startsWith("__Host-Http-")) throw new Error("a name that no browser binds");
    this.binding = {
      id: config.session_identifier,
      key,
      refreshPath: config.refresh_url,
      cookie,
      challenge: undefined,
    };
    this.#keepChallenge(reply);
  }

  /** What the browser does before a request without a bound cookie; parallel requests wait for one refresh. */
  refresh(): Promise<string | undefined> {
    const { binding } = this;
    if (binding === undefined || this.#hasBoundCookie(binding)) return Promise.resolve(undefined);
    this.#refreshing ??= this.#refresh(binding).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(binding: Binding): Promise<string | undefined> {
    const skipped = `;session_identifier="${binding.id}"`;
    for (let tries = 0; tries <= MOST_TRIES; tries++) {
      const proof = binding.challenge && refreshProof(binding.key, binding.challenge);
      const reply = await this.raw(binding.refreshPath, "POST", {
        "sec-secure-session-id": this.#string(binding.id),
        ...(proof !== undefined && { "secure-session-response": this.#string(proof) }),
      }).catch(() => undefined);
      if (reply === undefined) return `unreachable${skipped}`;
      if (reply.status >= 500) return `server_error${skipped}`;
      const isNew = this.#keepChallenge(reply);
      if (reply.status === 403 && isNew) continue;
      if (reply.status >= 300) break;
      if (reply.text === "") return undefined;
      const { session_identifier: id, continue: goesOn } = JSON.parse(reply.text);
      if (id === binding.id && goesOn !== false) return undefined;
      break;
    }
    this.binding = undefined;
    return undefined;
  }

  #keepChallenge({ headers }: DeviceReply): boolean {
    const header = headers["secure-session-challenge"];
    const [, challenge, id] = (typeof header === "string" && /^"([\w-]+)";id="([\w-]+)"$/.exec(header)) || [];
    if (this.binding === undefined || challenge === undefined || id !== this.binding.id) return false;
    this.binding.challenge = challenge;
    return true;
  }

  #hasBoundCookie({ cookie }: Binding): boolean {
    return (
      this.cookie(cookie.name) !== undefined &&
      this.cookies.get(cookie.name)?.attributes === cookie.attributes
    );
  }

  #isExcluded(path: string): boolean {
    return path === "/favicon.ico" || path === this.binding?.refreshPath;
  }

  #string(text: string): string {
    return this.#quotes ? `"${text}"` : text;
  }

  /** One request as it is, with the cookies that are not over. */
  async raw(
    path: string,
    method: string,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<DeviceReply> {
    const { host, ports, ca } = this.#site;
    const port = ports[this.#asked++ % ports.length];
    const outgoing = request({ host: "127.0.0.1", servername: host, port, ca, path, method, agent: false });
    outgoing.setHeader("host", host);
    const names = [...this.cookies.keys()].filter((name) => this.cookie(name) !== undefined);
    const cookie = names.map((name) => `${name}=${this.cookie(name)}`).join("; ");
    for (const [name, value] of Object.entries({ cookie: cookie || undefined, ...headers }))
      if (value !== undefined) outgoing.setHeader(name, value);
    outgoing.end();
    const [incoming] = await once(outgoing, "response");
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    this.log.push(`${method} ${path} ${incoming.statusCode}`);
    if (this.lose.delete(path)) throw new Error("the answer is lost");
    const setCookie: string[] = incoming.headers["set-cookie"] ?? [];
    for (const header of setCookie) this.#keep(header);
    return {
      status: incoming.statusCode,
      headers: incoming.headers,
      text: Buffer.concat(chunks).toString("utf8"),
      setCookie,
    };
  }

  #keep(header: string): void {
    const [pair = "", ...parts] = header.split("; ");
    const at = pair.indexOf("=");
    const age = parts.find((part) => /^max-age=/i.test(part))?.slice(8);
    const until = age === undefined ? Number.POSITIVE_INFINITY : this.#site.now() + Number(age) * 1000;
    const attributes = parts
      .filter((part) => ATTRIBUTES.has((part.split("=")[0] ?? "").toLowerCase()))
      .join("; ");
    this.cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), attributes, until });
  }
}
