/**
 * What is kept in a session: an ordinary signed-in user of a shop, 460 bytes of JSON.
 *
 * @module
 */
export type Profile = Record<string, unknown>;

export const PROFILE_BYTES = 460;

export function profileOf(user: string): Profile {
  const profile: Profile = {
    userId: user,
    name: `Ada Lovelace ${user}`,
    email: `${user}@example.com`,
    roles: ["customer", "reviewer"],
    locale: "en-GB",
    theme: "dark",
    views: 10_000,
    cart: [
      { sku: "BK-1843-07", title: "Notes on the Analytical Engine", quantity: 1, price: 1495 },
      { sku: "PN-0042-11", title: "Fountain pen, fine", quantity: 2, price: 3200 },
    ],
    note: "",
  };
  const missing = PROFILE_BYTES - JSON.stringify(profile).length;
  if (missing < 0) throw new Error(`the profile is ${-missing} bytes too long`);
  profile.note = "n".repeat(missing);
  return profile;
}

/** Names of one length, so that every session has the same size. */
export function userName(index: number): string {
  return `user-${String(index).padStart(8, "0")}`;
}
