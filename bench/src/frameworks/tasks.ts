/**
 * Whose sessions are measured on the framework that they are made for.
 *
 * @module
 */
export const FRAMEWORKS = [
  { framework: "Express 5", libraries: ["express-session", "Holdfast"] },
  { framework: "Fastify 4", libraries: ["@fastify/session", "@fastify/secure-session"] },
  { framework: "Hono 4", libraries: ["@hono/session"] },
] as const;
export type FrameworkName = (typeof FRAMEWORKS)[number]["framework"];
export type FrameworkLibrary = (typeof FRAMEWORKS)[number]["libraries"][number];

/** What is measured there. */
export const FRAMEWORK_PAGES = ["read", "write"] as const;
export type FrameworkPage = (typeof FRAMEWORK_PAGES)[number];

export interface FrameworkTask {
  readonly framework: FrameworkName;
  /** `undefined` for the framework alone. */
  readonly library: FrameworkLibrary | undefined;
}

/** Every server that runs: each framework alone, then with each of its libraries. */
export const FRAMEWORK_TASKS: readonly FrameworkTask[] = FRAMEWORKS.flatMap(({ framework, libraries }) =>
  [undefined, ...libraries].map((library) => ({ framework, library })),
);
