/**
 * Somebody who uses the album of examples/moving: over HTTPS, and with a real client of Socket.IO.
 */
import { once } from "node:events";
import https from "node:https";
import { io } from "socket.io-client";
import { Browser } from "./browser.js";

const PATIENCE = 10_000;

/** A PNG of one pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const BOUNDARY = "picture-boundary";
const PASSWORDS = { anna: "correct horse", bert: "battery staple" };

/** A picture as a browser's file field takes it. */
export function picture(name) {
  return { name, mimeType: "image/png", buffer: PIXEL };
}

/** What comes with the next event of this name. Rejects if none comes for long, or the connection is refused. */
export function heard(socket, event) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no "${event}"`)), PATIENCE);
    const settle = (done) => (value) => {
      clearTimeout(late);
      done(value);
    };
    socket.once(event, settle(resolve));
    socket.once("connect_error", settle(reject));
  });
}

export class Visitor extends Browser {
  #base;
  #sockets = [];

  /** @param {URL} base where the album is */
  constructor(base) {
    super(base);
    this.#base = base;
  }

  /** The same browser, on the server that has taken the place of the one before. */
  movedTo(base) {
    const visitor = new Visitor(base);
    visitor.cookies = new Map(this.cookies);
    return visitor;
  }

  async signIn(name) {
    const reply = await this.post("/login", { username: name, password: PASSWORDS[name] });
    if (reply.headers.location !== "/") throw new Error(`${name} could not sign in: ${reply.status}`);
    return reply;
  }

  /** Who the album takes this browser for. */
  async name() {
    const { text } = await this.get("/");
    return /<header>.*<p>(\w+)<\/p>/.exec(text)?.[1];
  }

  /** Names of the pictures that wait to be published. */
  async drafts() {
    const { text } = await this.get("/");
    const [, list] = /<ul id="drafts">(.*)<\/ul>/.exec(text);
    return [...list.matchAll(/<li>(.*?)<\/li>/g)].map(([, name]) => name);
  }

  /**
   * Begins to send a picture. `finish()` sends the rest and resolves with the status of the reply.
   *
   * @param {string} name
   */
  beginUpload(name) {
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`;
    const outgoing = https.request(new URL("/drafts", this.#base), {
      method: "POST",
      headers: {
        "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
        origin: this.#base.origin,
        cookie: this.cookieHeader,
      },
      agent: false,
      rejectUnauthorized: false,
    });
    outgoing.setTimeout(PATIENCE, () => outgoing.destroy(new Error(`no reply to the upload of ${name}`)));
    outgoing.write(head);
    outgoing.write(PIXEL);
    const reply = once(outgoing, "response");
    const finish = async () => {
      outgoing.end(`\r\n--${BOUNDARY}--\r\n`);
      const [incoming] = await reply;
      for (const header of incoming.headers["set-cookie"] ?? []) this.keep(header);
      await once(incoming.resume(), "end");
      return incoming.statusCode;
    };
    return { finish };
  }

  /**
   * A connection of Socket.IO with this browser's cookies, and the name it was greeted by. Rejects if it is refused.
   *
   * @param {string[]} [transports] default: requests first, then a WebSocket, as in a browser
   */
  async connect(transports = ["polling", "websocket"]) {
    const socket = io(this.#base.href, {
      extraHeaders: { cookie: this.cookieHeader, origin: this.#base.origin },
      transports,
      forceNew: true,
      reconnection: false,
      rejectUnauthorized: false,
    });
    this.#sockets.push(socket);
    return { socket, name: await heard(socket, "hello") };
  }

  close() {
    for (const socket of this.#sockets) socket.close();
  }
}
