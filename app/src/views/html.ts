/**
 * A template tag that escapes everything it is given, unless it is HTML made by the same tag.
 *
 * Attribute values are always written in double quotes in the templates; nothing is put into scripts, styles or
 * URLs of another scheme.
 *
 * @module
 */
import escapeHtml from "escape-html";

/** Finished markup. Only {@link html} makes it. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template may contain; `undefined`, `null` and `false` leave nothing. */
export type Content = Html | string | number | undefined | null | false | readonly Content[];

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0] ?? "";
  for (const [index, value] of values.entries()) text += render(value) + (strings[index + 1] ?? "");
  return new Html(text);
}

function render(value: Content): string {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return value.map(render).join("");
}
