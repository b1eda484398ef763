/**
 * The little of a browser that the examples need: it keeps cookies, follows no redirects and says where a form came
 * from.
 */
import http from "node:http";
import https from "node:https";

const PATIENCE = 10_000;

export class Browser {
  /** Name and value of each cookie. */
  cookies = new Map();
  #base;

  /** @param {URL} base where the program listens */
  constructor(base) {
    this.#base = base;
  }

  /** The value of the session cookie, under either of its names. */
  get sessionCookie() {
    return this.cookies.get("__Host-session") ?? this.cookies.get("session");
  }

  /** What the browser sends in `Cookie`; empty where there is none. */
  get cookieHeader() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  get(path, headers = {}) {
    return this.#send("GET", path, headers);
  }

  /** Posts a form, as a page of the program itself would. */
  post(path, fields = {}, headers = {}) {
    const own = { "content-type": "application/x-www-form-urlencoded", origin: this.#base.origin };
    return this.#send("POST", path, { ...own, ...headers }, new URLSearchParams(fields).toString());
  }

  #send(method, path, headers, body) {
    const url = new URL(path, this.#base);
    const { request } = url.protocol === "https:" ? https : http;
    const cookie = this.cookieHeader;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method,
          headers: { ...headers, ...(cookie !== "" && { cookie }) },
          agent: false,
          // The example's certificate is signed by nobody.
          rejectUnauthorized: false,
        },
        (reply) => {
          let text = "";
          reply.setEncoding("utf8").on("data", (chunk) => {
            text += chunk;
          });
          reply.on("end", () => {
            const setCookie = reply.headers["set-cookie"] ?? [];
            for (const header of setCookie) this.keep(header);
            resolve({ status: reply.statusCode, headers: reply.headers, setCookie, text });
          });
          reply.on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.setTimeout(PATIENCE, () =>
        outgoing.destroy(new Error(`no reply to ${method} ${url.pathname}`)),
      );
      outgoing.end(body);
    });
  }

  /** Does as a `Set-Cookie` header says. */
  keep(header) {
    const [pair, ...attributes] = header.split(/;\s*/);
    const at = pair.indexOf("=");
    if (attributes.some((attribute) => /^max-age=0$|^expires=thu, 01 jan 1970/i.test(attribute))) {
      this.cookies.delete(pair.slice(0, at));
    } else {
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}
