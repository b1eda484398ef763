import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { across } from "../../src/across.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

const require = createRequire(import.meta.url);

across({ name: "session-file-store", seen: "a folder" }, (setting, { holds }) => {
  sayOfStore(setting, { holds }, (session) => {
    const path = mkdtempSync(join(tmpdir(), "holdfast-files-"));
    const FileStore = require("session-file-store")(session);
    return {
      // Retries take longer than a request may, for a file that is not there.
      open: () => new FileStore({ path, retries: 0, reapInterval: -1, logFn: () => undefined }),
      remove: () => rmSync(path, { recursive: true, force: true }),
    };
  });
});
