/**
 * A real Chromium: the system's, else the one that comes with an npm package (x64 only). Where there is none, tests that
 * need it are skipped and say so; with `CI=true` that is a failure.
 */
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromiumPackage from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium, type LaunchOptions } from "playwright-core";

const SYSTEM = "/usr/bin/chromium";

/** The npm package's Chromium has no device-bound sessions. */
export const bindsDevices: boolean = existsSync(SYSTEM);

/** Has it bind sessions, to keys in software and without the quota on how often they sign. */
export const BINDING: string =
  "--enable-features=DeviceBoundSessions:RefreshQuota/false,EnableBoundSessionCredentialsSoftwareKeysForManualTesting";

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

/**
 * @param caFile - a certificate authority that this browser trusts, and nobody else has to
 * @param switches - further ones of the command line
 */
export async function launchBrowser(
  caFile: string,
  switches: readonly string[] = [],
): Promise<LaunchedBrowser> {
  return launch(
    async (options) => {
      const browser = await chromium.launch(options);
      return { browser, close: () => browser.close() };
    },
    caFile,
    switches,
  );
}

export interface LaunchedProfile {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** A browser that keeps what it knows in `directory`, as people's browsers do: closed and launched again, it was restarted. */
export async function launchProfile(
  caFile: string,
  directory: string,
  switches: readonly string[] = [],
): Promise<LaunchedProfile> {
  return launch(
    async (options) => {
      const context = await chromium.launchPersistentContext(directory, options);
      return { context, close: () => context.close() };
    },
    caFile,
    switches,
  );
}

async function launch<T extends { close(): Promise<void> }>(
  start: (options: LaunchOptions) => Promise<T>,
  caFile: string,
  switches: readonly string[],
): Promise<T> {
  const temporary = mkdtempSync(join(tmpdir(), "holdfast-chromium-"));
  try {
    const launched = await start({
      ...(existsSync(SYSTEM) ? { executablePath: SYSTEM } : await unpack(temporary)),
      args: [...ARGUMENTS, ...switches, `--ignore-certificate-errors-spki-list=${pinOf(caFile)}`],
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
  }
}

/**
 * Unpacks the npm package's Chromium with the libraries and fonts it needs, which a machine without a desktop lacks.
 * The package goes by the environment: it unpacks into the temporary directory, taking whatever lies there already for
 * its own, and includes the libraries only where it believes itself on AWS Lambda.
 */
async function unpack(directory: string): Promise<Pick<LaunchOptions, "executablePath" | "env">> {
  const before = { ...process.env };
  process.env.TMPDIR = directory;
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
  try {
    const executablePath = await chromiumPackage.executablePath();
    return {
      executablePath,
      env: {
        ...before,
        LD_LIBRARY_PATH: join(directory, "al2023", "lib"),
        FONTCONFIG_FILE: fontsIn(directory),
      },
    };
  } finally {
    for (const name of ["TMPDIR", "AWS_EXECUTION_ENV"]) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

// The package's own configuration names fixed places. Without a font, Chromium takes every text for invisible.
function fontsIn(directory: string): string {
  const file = join(directory, "fonts.conf");
  const folders = `<dir>${join(directory, "fonts")}</dir><cachedir>${join(directory, "font-cache")}</cachedir>`;
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${folders}</fontconfig>`);
  return file;
}

function pinOf(caFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(caFile));
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}
