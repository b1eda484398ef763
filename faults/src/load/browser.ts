import type { AppProcess } from "../app/process.ts";
import type { Operation, Sight } from "../history.ts";
import type { Recorder } from "./recorder.ts";
import type { Answer } from "./request.ts";

const NAME = "__Host-session";

/** A session as a browser holds it. */
interface Held {
  readonly session: string;
  readonly cookie: string;
}

/** A user's browser: its cookie, and whatever cookies it had before. */
export class Browser {
  readonly name: string;
  readonly user: string;
  readonly #recorder: Recorder;
  #held: Held | undefined;
  #ended: Held[] = [];
  #marks = 0;

  constructor(name: string, user: string, recorder: Recorder) {
    this.name = name;
    this.user = user;
    this.#recorder = recorder;
  }

  get session(): string | undefined {
    return this.#held?.session;
  }

  /** The session it has, and those it had, the latest first. */
  get allHeld(): readonly Held[] {
    return [...(this.#held === undefined ? [] : [this.#held]), ...this.#ended];
  }

  /** Signs in, with the cookie it has. */
  async signIn(app: AppProcess): Promise<void> {
    const { user } = this;
    const before = this.#held;
    const { answer, operation } = await this.#recorder.send(
      this.name,
      app,
      { method: "POST", path: `/sign-in?user=${user}`, cookie: before?.cookie },
      { kind: "sign-in", user, session: null, replaces: before?.session ?? null },
      ({ body }, act) => ({ ...act, session: String(body.session) }) as typeof act,
    );
    if (operation.outcome !== "ok" || answer === undefined) return;
    if (before !== undefined) this.#ended.unshift(before);
    this.#held = undefined;
    this.#keep(answer, undefined);
  }

  look(app: AppProcess, held: Held | undefined = this.#held): Promise<Operation> | undefined {
    if (held === undefined) return undefined;
    return this.#present(app, "GET", "/look", held, { kind: "look", session: held.session, seen: null });
  }

  /** Looks with the cookie of a session that it had before. */
  lookBack(app: AppProcess, random: () => number): Promise<Operation> | undefined {
    return this.look(app, this.#ended[Math.floor(random() * Math.min(this.#ended.length, 10))]);
  }

  write(app: AppProcess, how: "assign" | "update" | "save"): Promise<Operation> | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const mark = `${this.name}.${this.#marks++}`;
    const path = `/write?mark=${mark}&how=${how}`;
    return this.#present(app, "POST", path, held, { kind: "write", session: held.session, mark, seen: null });
  }

  async signOut(app: AppProcess): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    await this.#present(app, "POST", "/sign-out", held, { kind: "end", session: held.session, by: "itself" });
  }

  /** An operator ends this browser's session. */
  async revoke(app: AppProcess): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    const path = `/operator/revoke?session=${held.session}`;
    const question = { method: "POST", path, cookie: undefined } as const;
    await this.#recorder.send("operator", app, question, {
      kind: "end",
      session: held.session,
      by: "operator",
    });
  }

  /** An operator ends all sessions of this browser's user. */
  async revokeUser(app: AppProcess): Promise<void> {
    const { user } = this;
    const question = {
      method: "POST",
      path: `/operator/revoke-user?user=${user}`,
      cookie: undefined,
    } as const;
    await this.#recorder.send("operator", app, question, { kind: "end-user", user });
  }

  async #present(
    app: AppProcess,
    method: "GET" | "POST",
    path: string,
    held: Held,
    act: Operation["act"],
  ): Promise<Operation> {
    const { answer, operation } = await this.#recorder.send(
      this.name,
      app,
      { method, path, cookie: held.cookie },
      act,
      ({ body }, same) => ("seen" in same ? { ...same, seen: sightIn(body) } : same),
    );
    const over = operation.outcome === "refused" || (operation.outcome === "ok" && act.kind === "end");
    if (over) this.#forget(held.session);
    else if (answer !== undefined) this.#keep(answer, held);
    return operation;
  }

  /** `sent`: what the request came with; a reply that is late must not replace a newer session. */
  #keep({ headers }: Answer, sent: Held | undefined): void {
    for (const header of headers["set-cookie"] ?? []) {
      if (!header.startsWith(`${NAME}=`) || /max-age=0/i.test(header)) continue;
      const cookie = header.split(";", 1)[0] ?? "";
      const session = cookie.split(".")[1] ?? "";
      if (sent === undefined ? this.#held === undefined : this.#held?.session === session)
        this.#held = { session, cookie };
    }
  }

  #forget(session: string): void {
    if (this.#held?.session !== session) return;
    this.#ended.unshift(this.#held);
    this.#held = undefined;
  }
}

function sightIn({ user, marks }: Answer["body"]): Sight {
  return { user: String(user), marks: new Set(Array.isArray(marks) ? marks.map(String) : []) };
}
