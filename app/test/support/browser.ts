/**
 * A real Chromium: the system's, else the one that comes with an npm package. Where there is none, tests that
 * need it are skipped and say so; with `CI=true` that is a failure.
 */
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromiumPackage from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

const SYSTEM = "/usr/bin/chromium";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface LaunchedBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @param caFile - a certificate authority that this browser trusts, and nobody else has to */
export async function launchBrowser(caFile: string): Promise<LaunchedBrowser> {
  return launch(async (options) => {
    const browser = await chromium.launch(options);
    return { browser, close: () => browser.close() };
  }, caFile);
}

export interface LaunchedProfile {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** A browser that keeps what it knows in `directory`, as people's browsers do: closed and launched again, it was restarted. */
export async function launchProfile(caFile: string, directory: string): Promise<LaunchedProfile> {
  return launch(async (options) => {
    const context = await chromium.launchPersistentContext(directory, options);
    return { context, close: () => context.close() };
  }, caFile);
}

interface LaunchOptions {
  readonly executablePath: string;
  readonly args: string[];
  readonly ignoreDefaultArgs: string[];
}

async function launch<T extends { close(): Promise<void> }>(
  start: (options: LaunchOptions) => Promise<T>,
  caFile: string,
): Promise<T> {
  // The npm package unpacks into the temporary directory and takes whatever lies there already for its own.
  const temporary = mkdtempSync(join(tmpdir(), "holdfast-chromium-"));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    const launched = await start({
      executablePath: existsSync(SYSTEM) ? SYSTEM : await chromiumPackage.executablePath(),
      args: [...ARGUMENTS, `--ignore-certificate-errors-spki-list=${pinOf(caFile)}`],
      // People's browsers have one, and the Back button is what some tests are about.
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    });
    return {
      ...launched,
      close: async () => {
        await launched.close();
        rmSync(temporary, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

function pinOf(caFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(caFile));
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}
