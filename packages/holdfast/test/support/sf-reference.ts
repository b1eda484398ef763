/**
 * Structured fields (RFC 9651), parsed as the RFC's algorithms say, one character after another: slow, and easy to
 * compare with the text. Only what the headers of device-bound sessions are made of.
 */

class Failure extends Error {}

class Input {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    return this.#text[this.#at] ?? "";
  }

  get isEmpty(): boolean {
    return this.#at >= this.#text.length;
  }

  take(): string {
    const next = this.peek();
    this.#at += 1;
    return next;
  }

  skip(characters: string): void {
    while (!this.isEmpty && characters.includes(this.peek())) this.take();
  }

  takeWhile(shape: RegExp): string {
    let taken = "";
    while (!this.isEmpty && shape.test(this.peek())) taken += this.take();
    return taken;
  }
}

/** 4.2.5 */
function parseString(input: Input): string {
  if (input.take() !== '"') throw new Failure();
  let out = "";
  while (!input.isEmpty) {
    const char = input.take();
    if (char === "\\") {
      if (input.peek() !== '"' && input.peek() !== "\\") throw new Failure();
      out += input.take();
    } else if (char === '"') return out;
    else if (char < " " || char > "~") throw new Failure();
    else out += char;
  }
  throw new Failure();
}

/** 4.2.6 */
const parseToken = (input: Input): string => input.takeWhile(/[A-Za-z0-9!#$%&'*+\-.^_`|~:/]/);

/** 4.2.3.2, of values that are strings, tokens or true. */
function parseParameters(input: Input): ReadonlyMap<string, string | true> {
  const parameters = new Map<string, string | true>();
  while (input.peek() === ";") {
    input.take();
    input.skip(" ");
    const key = input.takeWhile(/[a-z0-9_\-.*]/);
    if (key === "") throw new Failure();
    if (input.peek() !== "=") parameters.set(key, true);
    else {
      input.take();
      parameters.set(key, input.peek() === '"' ? parseString(input) : parseToken(input));
    }
  }
  return parameters;
}

/** An item that is a string without parameters; `undefined` for what the RFC refuses. */
export function stringItem(text: string): string | undefined {
  return attempted(() => {
    const input = new Input(text);
    const value = parseString(input);
    if (!input.isEmpty) throw new Failure();
    return value;
  });
}

/** 4.2.1, of tokens with parameters. */
export function tokenList(
  text: string,
): readonly (readonly [token: string, ReadonlyMap<string, string | true>])[] | undefined {
  return attempted(() => {
    const input = new Input(text);
    const items: [string, ReadonlyMap<string, string | true>][] = [];
    input.skip(" ");
    while (!input.isEmpty) {
      const token = parseToken(input);
      if (!/^[A-Za-z*]/.test(token)) throw new Failure();
      items.push([token, parseParameters(input)]);
      input.skip(" \t");
      if (input.isEmpty) return items;
      if (input.take() !== ",") throw new Failure();
      input.skip(" \t");
      if (input.isEmpty) throw new Failure();
    }
    return items;
  });
}

function attempted<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
