/**
 * Single sign-on's other half: sessions that end when they end at the OpenID Provider.
 *
 * @module
 */
export { backChannelLogout } from "./back-channel-logout.ts";
export type { BackChannelLogoutOptions, ProviderKeys } from "./options.ts";
