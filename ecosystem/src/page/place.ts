import { fileURLToPath } from "node:url";

/** The page in the documentation. */
export const PAGE: string = fileURLToPath(new URL("../../../docs/reference/ecosystem.md", import.meta.url));
