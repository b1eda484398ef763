/**
 * Warns before the session expires, counts down, and goes to the login page when it has.
 *
 * The server's clock decides. Asking it does not count as activity; "Stay signed in" does. Other tabs may keep the
 * session alive meanwhile, so the server is asked again before anything is said or done.
 */

import { ask } from "./ask.js";

/** Warn this long before the end, but not before half the time has passed. */
const WARN_MS = 120_000;
const LOGIN = "/login?notice=expired";

export function warnBeforeExpiry(root) {
  const dialog = root.getElementById("idle-warning");
  if (dialog) new Watch(dialog).look();
}

class Watch {
  #dialog;
  #title = document.title;
  /** How far the server's clock is ahead of this one. */
  #ahead = 0;
  #end = 0;
  #final = false;
  #timer;

  constructor(dialog) {
    this.#dialog = dialog;
    document.getElementById("idle-stay").addEventListener("click", () => this.#stay());
    // Escape means "leave me alone", not "log me out".
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#stay();
    });
    // A computer that slept did not run timers.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.look();
    });
  }

  /** Asks how long the session lasts, and acts on it. */
  look() {
    return this.#ask("/api/session", "GET");
  }

  #stay() {
    if (this.#final) {
      this.#dialog.close();
      return;
    }
    return this.#ask("/api/session/extend", "POST");
  }

  async #ask(path, method) {
    clearTimeout(this.#timer);
    try {
      const reply = await ask(path, method);
      if (reply.status === 401) return this.#leave();
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      this.#learn(await reply.json());
    } catch {
      // The server cannot be reached: nothing is known, so ask again soon.
      this.#later(5000, () => this.look());
    }
  }

  #learn({ now, lastSeenAt, idleExpiresAt, absoluteExpiresAt }) {
    this.#ahead = Date.parse(now) - Date.now();
    this.#final = Date.parse(absoluteExpiresAt) <= Date.parse(idleExpiresAt);
    this.#end = Math.min(Date.parse(idleExpiresAt), Date.parse(absoluteExpiresAt));
    const warnAt = this.#end - Math.min(WARN_MS, (this.#end - Date.parse(lastSeenAt)) / 2);
    const wait = warnAt - this.#serverTime();
    if (wait > 0) {
      this.#hide();
      this.#later(wait, () => this.look());
    } else if (!this.#dialog.open) {
      this.#show();
    } else {
      this.#count();
    }
  }

  #show() {
    if (this.#final) {
      document.getElementById("idle-title").textContent = "Your session is about to end";
      document.getElementById("idle-text").textContent =
        "It has lasted as long as a session may. Finish what you are doing, then log in again.";
      document.getElementById("idle-stay").textContent = "All right";
    }
    if (this.#final && this.#dialog.dataset.shown) return this.#count();
    this.#dialog.dataset.shown = "true";
    this.#dialog.showModal();
    this.#count();
  }

  #hide() {
    this.#dialog.close();
    document.title = this.#title;
  }

  #count() {
    const left = this.#end - this.#serverTime();
    if (left <= 0) {
      // A little after, so that the server agrees.
      this.#later(300, () => this.look());
      return;
    }
    const text = clockText(left);
    document.getElementById("idle-left").textContent = text;
    if (this.#dialog.open) document.title = `${text} – ${this.#title}`;
    // Meanwhile another tab may have kept the session alive.
    const seconds = Math.ceil(left / 1000);
    this.#later(left % 1000 || 1000, () => (seconds % 3 === 0 ? this.look() : this.#count()));
  }

  #leave() {
    const here = location.pathname + location.search;
    location.replace(`${LOGIN}&returnTo=${encodeURIComponent(here)}`);
  }

  #serverTime() {
    return Date.now() + this.#ahead;
  }

  /** Timers hold at most 24 days; asking once an hour is no burden. */
  #later(milliseconds, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, Math.min(milliseconds, 3_600_000));
  }
}

function clockText(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
