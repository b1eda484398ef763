/**
 * Generated text in a page written by hand: what stands between `<!-- measured: NAME -->` and `<!-- /measured -->`.
 *
 * @module
 */
const MARKED = /(<!-- measured: ([\w-]+) -->\n).*?(<!-- \/measured -->)/gs;

/**
 * The page with its places filled.
 *
 * @param otherwise - what is put where there is no text. Default: what is there stays
 */
export function filled(page: string, sections: Readonly<Record<string, string>>, otherwise?: string): string {
  return page.replace(MARKED, (all: string, begin: string, name: string, end: string) => {
    const text = sections[name] ?? otherwise;
    return text ? `${begin}\n${text}\n\n${end}` : all;
  });
}

/** The names of a page's places. */
export function placesIn(page: string): string[] {
  return [...page.matchAll(MARKED)].map((match) => match[2] ?? "");
}
