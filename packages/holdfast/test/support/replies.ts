import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isExpress, sendJson } from "./servers.ts";

/** One way to send a whole reply. */
export interface ReplyKind {
  readonly name: string;
  readonly send: (res: ServerResponse) => void;
  readonly status: number;
  readonly text: RegExp;
  /** True if the first thing sent is the whole reply, so that Express's error handler can still write another. */
  readonly whole: boolean;
}

/** Larger than any buffer on its way. */
export const FILE_SIZE = 1_000_000;

let folder: string | undefined;

/** A text file of {@link FILE_SIZE} bytes. */
export function textFile(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "holdfast-replies-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    writeFileSync(join(made, "file.txt"), "f".repeat(FILE_SIZE));
    folder = made;
  }
  return join(folder, "file.txt");
}

export function sendFile(res: ServerResponse): void {
  // After a failed save Express reports that the file was not sent; that is no news here.
  if (isExpress(res)) res.sendFile(textFile(), () => {});
  else createReadStream(textFile()).pipe(res);
}

export function redirect(res: ServerResponse): void {
  if (isExpress(res)) res.redirect("/there");
  else res.writeHead(302, { Location: "/there" }).end();
}

export const replyKinds: readonly ReplyKind[] = [
  { name: "res.end", send: (res) => res.end("done"), status: 200, text: /^done$/, whole: true },
  { name: "json", send: (res) => sendJson(res, "done"), status: 200, text: /^"done"$/, whole: true },
  { name: "a redirect", send: redirect, status: 302, text: /^$|\/there/, whole: true },
  {
    name: "res.write",
    send: (res) => {
      res.write("do");
      res.write("ne");
      res.end();
    },
    status: 200,
    text: /^done$/,
    whole: false,
  },
  {
    name: "flushHeaders",
    send: (res) => {
      res.flushHeaders();
      res.end("done");
    },
    status: 200,
    text: /^done$/,
    whole: false,
  },
  {
    name: "writeHead",
    send: (res) => {
      res.writeHead(201, { "X-Kind": "head" });
      res.end("done");
    },
    status: 201,
    text: /^done$/,
    whole: false,
  },
  { name: "a file", send: sendFile, status: 200, text: /^f{1000000}$/, whole: false },
];
