/**
 * What is kept in a session: an ordinary signed-in user of a shop, in so many bytes of JSON.
 *
 * @module
 */
export type Profile = Record<string, unknown>;

export const PROFILE_BYTES = 460;

/** From a bare sign-in to a cart that should not be in a session. */
export const SIZES: readonly number[] = [150, PROFILE_BYTES, 4_096, 20_480];

const SMALLEST_WITH_A_CART = 400;

/** @throws Error if so few bytes do not hold it */
export function profileOf(user: string, bytes: number = PROFILE_BYTES): Profile {
  const profile: Profile = { userId: user, name: `Ada Lovelace ${user}` };
  if (bytes >= SMALLEST_WITH_A_CART) {
    profile.email = `${user}@example.com`;
    profile.roles = ["customer", "reviewer"];
    profile.locale = "en-GB";
    profile.theme = "dark";
  }
  profile.views = 10_000;
  if (bytes >= SMALLEST_WITH_A_CART) profile.cart = cartOf(bytes);
  profile.note = "";
  const missing = bytes - JSON.stringify(profile).length;
  if (missing < 0) throw new Error(`the profile is ${-missing} bytes too long`);
  profile.note = "n".repeat(missing);
  return profile;
}

const LINE_BYTES = 85;

/** Two lines, or as many as nearly fill a large session: much text in one field would be easier than real data. */
function cartOf(bytes: number): Profile[] {
  const cart: Profile[] = [
    { sku: "BK-1843-07", title: "Notes on the Analytical Engine", quantity: 1, price: 1495 },
    { sku: "PN-0042-11", title: "Fountain pen, fine", quantity: 2, price: 3200 },
  ];
  for (let room = bytes - PROFILE_BYTES; room >= LINE_BYTES; room -= LINE_BYTES) {
    const number = 100_000 + cart.length;
    cart.push({ sku: `BK-${number}`, title: "Sketch of the Engine", quantity: 1, price: number });
  }
  return cart;
}

/** Names of one length, so that every session has the same size. */
export function userName(index: number): string {
  return `user-${String(index).padStart(8, "0")}`;
}
