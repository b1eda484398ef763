/**
 * What a new username and a new password must be. Each check returns `undefined` or a sentence for the person.
 *
 * @module
 */

export const USERNAME_MIN = 3;
export const USERNAME_MAX = 64;
/** Between what NIST SP 800-63B-4 asks beside a second factor (8) and alone (15). */
export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 256;

/**
 * Long enough for the length rule and still among the first that are tried. Compared in lower case, letters and digits
 * only.
 */
const GUESSED_FIRST: ReadonlySet<string> = new Set([
  "1q2w3e4r5t6y",
  "1qaz2wsx3edc",
  "123qweasdzxc",
  "administrator",
  "changemeplease",
  "correcthorsebatterystaple",
  "iloveyouforever",
  "letmeinletmein",
  "passwordpassword",
  "qwertyqwerty",
  "qwertyuiopas",
  "qwertyuiop123",
  "welcomewelcome",
]);

/** How a name is compared: case and look-alike compatibility characters do not make a second user. */
export function nameKey(username: string): string {
  return username.trim().normalize("NFKC").toLowerCase();
}

/** @param username - already trimmed */
export function usernameProblem(username: string): string | undefined {
  const length = [...username].length;
  if (length === 0) return "Enter a username.";
  if (length < USERNAME_MIN || length > USERNAME_MAX) {
    return `A username has ${USERNAME_MIN} to ${USERNAME_MAX} characters.`;
  }
  if (!/^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._@+'’ -]*[\p{L}\p{M}\p{N}])?$/u.test(username)) {
    return "A username starts and ends with a letter or digit; between them it may also have . _ - + @ ' and spaces.";
  }
  return undefined;
}

/** Length first, no rules of composition (NIST SP 800-63B-4, 3.1.1.2). */
export function passwordProblem(password: string, username: string): string | undefined {
  const length = [...password].length;
  if (length === 0) return "Enter a password.";
  if (length < PASSWORD_MIN) return `Use at least ${PASSWORD_MIN} characters; a few words in a row are fine.`;
  if (length > PASSWORD_MAX) return `Use at most ${PASSWORD_MAX} characters.`;
  const folded = nameKey(password);
  if (folded === nameKey(username)) return "The password must not be the username.";
  const plain = folded.replace(/[^\p{L}\p{N}]/gu, "");
  const stem = plain.replace(/\d+$/, ""); // what is left of password12345
  if (new Set(folded).size < 5 || isRun(plain) || GUESSED_FIRST.has(plain) || stem === "password") {
    return "That password is among the first that are guessed. Choose another one.";
  }
  return undefined;
}

/** Every step from one character to the next is the same, as in 123456789012 or abcdefghijkl. */
function isRun(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => (code - (codes[index] ?? 0) + 10) % 10);
  return steps.length > 0 && steps.every((step) => step === steps[0]);
}
