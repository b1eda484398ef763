/** The names of the store's tables and functions in their schema, quoted for use in statements. */
export interface Names {
  /** The schema as it is. */
  readonly plain: string;
  readonly schema: string;
  readonly sessions: string;
  readonly generations: string;
  readonly values: string;
  readonly epoch: string;
  readonly version: string;
  readonly lockUsers: string;
  readonly lockEverybody: string;
  readonly create: string;
  readonly deleteUser: string;
  readonly deleteAll: string;
}

/** Tables that an ordinary start only reads and writes. */
export const TABLES: readonly string[] = [
  "holdfast_sessions",
  "holdfast_generations",
  "holdfast_values",
  "holdfast_epoch",
];

export const SCHEMA_TABLE = "holdfast_schema";

export function namesIn(schema: string): Names {
  const quoted = quote(schema);
  const name = (rest: string): string => `${quoted}.holdfast_${rest}`;
  return {
    plain: schema,
    schema: quoted,
    sessions: name("sessions"),
    generations: name("generations"),
    values: name("values"),
    epoch: name("epoch"),
    version: name("schema"),
    lockUsers: name("lock_users"),
    lockEverybody: name("lock_everybody"),
    create: name("create"),
    deleteUser: name("delete_user"),
    deleteAll: name("delete_all"),
  };
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** Safe whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
