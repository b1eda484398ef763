/**
 * Tells a secret that somebody made up, or copied from a page, from one that a machine drew.
 *
 * The words of examples are taken out of the text, then what is left is read from front to back: a character counts
 * only if neither repetition nor counting up or down foretells it. What counts, times the bits such a character
 * can carry, must reach {@link ENOUGH_BITS}. Random 32 bytes reach about 200 as base64 and 250 in hexadecimal,
 * random 16 bytes about 120.
 *
 * @module
 */

import { EXAMPLE_WORDS, LONGEST_WORD } from "./example-words.ts";

/** Far below what random secrets reach, so that none is ever refused, and far above what examples leave over. */
const ENOUGH_BITS = 64;

/** Shorter words count only where neither letters nor digits touch them: random text is full of them. */
const SHORT_WORD = 4;

/** A repetition of fewer characters is chance. */
const SHORTEST_REPEAT = 4;

/** True if the text, or the text it encodes, is an example, a placeholder, a repetition or a sequence. */
export function looksGuessable(secret: string): boolean {
  return [secret, ...decoded(secret)].some((text) =>
    readings(text).some((rest) => unforeseenBits(rest) < ENOUGH_BITS),
  );
}

/** The printable text that `secret` may be an encoding of: a guessable text is no better in base64. */
function decoded(secret: string): string[] {
  const texts: string[] = [];
  if (/^(?:[0-9a-f]{2})+$/i.test(secret)) texts.push(Buffer.from(secret, "hex").toString("latin1"));
  else if (/^[\w+/-]+=*$/.test(secret)) texts.push(Buffer.from(secret, "base64").toString("latin1"));
  return texts.filter((text) => /^[\t\n\r -~]+$/.test(text));
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

/** The text in lower case: as it is, without example words, and without those spelt with digits for letters. */
function readings(secret: string): string[] {
  const text = secret.toLowerCase();
  // Hexadecimal digits spell words by chance, above all when digits may stand for letters.
  if (/^[0-9a-f]+$/.test(text)) return [text];
  const lettered = text.replace(/[013457@$]/g, (sign) => LOOKALIKES[sign] ?? sign);
  return [text, withoutWords(text, text), withoutWords(text, lettered)];
}

/** Takes out of `text` whatever is a word in `reading`, which has the same length. */
function withoutWords(text: string, reading: string): string {
  let rest = "";
  let end = 0;
  for (const { 0: run, index } of reading.matchAll(/[a-z]+/g)) {
    rest += text.slice(end, index);
    end = index + run.length;
    const alone = !/[a-z0-9]/.test(`${reading[index - 1] ?? ""}${reading[end] ?? ""}`);
    const words = (alone || run.length >= SHORT_WORD) && isAllWords(run);
    if (!words) rest += withoutLongWords(text.slice(index, end), run);
  }
  return rest + text.slice(end);
}

/** True if the letters can be cut into example words with nothing left over: `mysecretkey`. */
function isAllWords(run: string): boolean {
  const reachable = new Set([0]);
  for (let end = 1; end <= run.length; end++) {
    for (let start = Math.max(0, end - LONGEST_WORD); start < end; start++) {
      if (reachable.has(start) && EXAMPLE_WORDS.has(run.slice(start, end))) {
        reachable.add(end);
        break;
      }
    }
  }
  return reachable.has(run.length);
}

function withoutLongWords(text: string, reading: string): string {
  let rest = "";
  let at = 0;
  while (at < reading.length) {
    const length = longWordAt(reading, at);
    if (length === 0) rest += text.charAt(at);
    at += length || 1;
  }
  return rest;
}

function longWordAt(reading: string, at: number): number {
  for (let length = Math.min(LONGEST_WORD, reading.length - at); length >= SHORT_WORD; length--) {
    if (EXAMPLE_WORDS.has(reading.slice(at, at + length))) return length;
  }
  return 0;
}

/** How many bits the characters may carry that nothing before them foretells. Stops counting when it is enough. */
function unforeseenBits(text: string): number {
  const seen = new Set<string>();
  let unforeseen = 0;
  let bits = 0;
  for (let at = 0; at < text.length && bits < ENOUGH_BITS; ) {
    seen.add(text.charAt(at));
    const repeat = repeatAt(text, at);
    if (repeat > 0 || !countsOn(text, at)) unforeseen++;
    at += repeat || 1;
    bits = unforeseen * Math.log2(seen.size);
  }
  return bits;
}

/** The length of the longest piece at `at` that also begins earlier, or 0 if that is short. */
function repeatAt(text: string, at: number): number {
  let longest = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < text.length && text[from + length] === text[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest >= SHORTEST_REPEAT ? longest : 0;
}

/** True if the character goes on with a count: `123`, `cba`, or every other character of `a1b2c3`. */
function countsOn(text: string, at: number): boolean {
  return [1, 2].some((stride) => {
    const step = stepBetween(text[at - stride], text[at]);
    return step !== undefined && step === stepBetween(text[at - 2 * stride], text[at - stride]);
  });
}

const CIRCLES = [
  "0123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "0123456789abcdef",
  "abcdef",
  "!@#$%^&*()",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
];

/** 1 for a successor, -1 for a predecessor, 0 for the same; around the corner too, as in `890123` or `9abcdef0`. */
function stepBetween(from: string | undefined, to: string | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  if (from === to) return 0;
  for (const circle of CIRCLES) {
    const at = circle.indexOf(from);
    if (at === -1) continue;
    if (circle.at((at + 1) % circle.length) === to) return 1;
    if (circle.at(at - 1) === to) return -1;
  }
  return undefined;
}
