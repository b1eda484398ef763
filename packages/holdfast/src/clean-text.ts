const MOST = 256;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const CONTROLS = new RegExp(CONTROL, "g");

/** Client-chosen text made safe for a log line: control characters escaped, 256 characters at most. */
export function cleanText(text: string): string {
  const cut = text.length > MOST ? text.slice(0, MOST) : text;
  return CONTROL.test(cut) ? cut.replace(CONTROLS, escapeCharacter).slice(0, MOST) : cut;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
