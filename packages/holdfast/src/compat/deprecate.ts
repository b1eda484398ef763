const told = new Set<string>();

/**
 * Says once per process that an app relies on what express-session advises against. Silent under `--no-deprecation`,
 * and where the environment's `NO_DEPRECATION` names `express-session` or is `*`, as apps have set it for that package.
 */
export function deprecate(what: string): void {
  if (told.has(what)) return;
  told.add(what);
  const silenced = process.env.NO_DEPRECATION?.split(/[ ,]+/) ?? [];
  if (silenced.includes("*") || silenced.includes("express-session")) return;
  process.emitWarning(`holdfast/compat: deprecated ${what}`, {
    type: "DeprecationWarning",
    code: "HOLDFAST_COMPAT",
  });
}
