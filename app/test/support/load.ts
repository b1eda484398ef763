/** Devices that send request after request, each on a new connection, and keep account of what was acknowledged. */
import assert from "node:assert/strict";
import type { Client, Reply } from "./client.ts";

// A connection that is being handed to a worker when that is killed stays open, and gets no answer.
const PATIENCE_MS = 3_000;

interface Account {
  readonly client: Client;
  /** Visits that a reply has confirmed. */
  confirmed: number;
  /** Visits that may or may not have been counted: no reply came. */
  unknown: number;
}

export class Load {
  readonly #accounts: readonly Account[];
  readonly #devices: readonly Promise<void>[];
  readonly #refused: string[] = [];
  #replies = 0;
  #waiting: { readonly until: number; readonly resolve: () => void } | undefined;
  #over = false;

  /** @param clients - logged in; begins at once */
  constructor(clients: readonly Client[]) {
    this.#accounts = clients.map((client) => ({ client, confirmed: 0, unknown: 0 }));
    this.#devices = this.#accounts.map((account) => this.#goOn(account));
  }

  /** Waits for so many more replies. */
  replies(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { until: this.#replies + count, resolve };
    });
  }

  /** What was answered with anything but 200, and how many requests got no answer at all. */
  async stop(): Promise<{ refused: readonly string[]; cut: number }> {
    this.#over = true;
    await Promise.all(this.#devices);
    const cut = this.#accounts.reduce((sum, { unknown }) => sum + unknown, 0);
    return { refused: this.#refused, cut };
  }

  /** Every confirmed visit is still counted, and none that never was. */
  async check(): Promise<void> {
    for (const { client, confirmed, unknown } of this.#accounts) {
      const visits = visitsIn(await client.get("/", { as: "json" })) - 1;
      assert.ok(visits >= confirmed && visits <= confirmed + unknown, `${confirmed} <= ${visits}`);
    }
  }

  async #goOn(account: Account): Promise<void> {
    while (!this.#over) {
      const reply = await account.client
        .get("/", { as: "json", patience: PATIENCE_MS })
        .catch(() => undefined);
      if (reply === undefined) account.unknown++;
      else if (reply.status !== 200) this.#refused.push(`${reply.status} ${reply.text}`);
      else this.#confirm(account, reply);
      this.#replies++;
      if (this.#waiting && this.#replies >= this.#waiting.until) this.#waiting.resolve();
    }
  }

  #confirm(account: Account, reply: Reply): void {
    account.confirmed++;
    const visits = visitsIn(reply);
    const { confirmed, unknown } = account;
    assert.ok(visits >= confirmed && visits <= confirmed + unknown, `${confirmed} <= ${visits}`);
  }
}

function visitsIn(reply: Reply): number {
  return reply.json<{ visits: number }>().visits;
}
