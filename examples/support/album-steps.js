/**
 * The states of the album on its way from express-session, and what may be told apart from outside.
 */
export const STEPS = [
  {
    file: "0-express-session.js",
    cookie: "connect.sid",
    /** How the store keeps sessions. */
    storesThem: "in plain",
    /** How many of several pictures sent at once are still there afterwards. */
    keepsUploads: "one",
    /** Whether a connection that was open at sign-out goes on, under the name of who is gone. */
    socketOutlivesSignOut: true,
    /** Whether another site's page can act with a visitor's cookie. */
    servesOtherSites: true,
  },
  {
    file: "1-compat.js",
    cookie: "connect.sid",
    storesThem: "in plain",
    keepsUploads: "all",
    socketOutlivesSignOut: true,
    servesOtherSites: true,
  },
  {
    file: "2-migrate.js",
    cookie: "__Host-session",
    storesThem: "sealed",
    keepsUploads: "all",
    socketOutlivesSignOut: true,
    servesOtherSites: false,
  },
  {
    file: "3-afterwards.js",
    cookie: "__Host-session",
    storesThem: "sealed",
    keepsUploads: "all",
    socketOutlivesSignOut: false,
    servesOtherSites: false,
  },
];
