/**
 * For each rule of the doctor's about programs: samples in which it finds something, and samples in which it does not.
 *
 * @module
 */

interface Samples {
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

const STRONG = "pZ3kq9Xv1Lw7Rt5Yb2Nc8Md4Hf6Jg0Sa_QeUiOoTyWx";
const express = (options: string): string =>
  `const session = require("express-session"); app.use(session({ ${options} }));`;
const compat = (options: string): string =>
  `import session from "holdfast/compat"; app.use(session({ ${options} }));`;
const cookieSession = (options: string): string =>
  `import cookieSession from "cookie-session"; app.use(cookieSession({ ${options} }));`;
const iron = (options: string): string =>
  `import { getIronSession } from "iron-session"; const session = await getIronSession(req, res, { ${options} });`;
const fastify = (options: string): string =>
  `import fastifySession from "@fastify/session"; app.register(fastifySession, { ${options} });`;
const holdfast = (options: string): string =>
  `import session from "holdfast"; app.use(session({ ${options} }));`;
const handler = (body: string): string => `${express("")} app.post("/", (req, res, next) => { ${body} });`;

export const SAMPLES: Readonly<Record<string, Samples>> = {
  "secret-missing": {
    bad: [express("resave: false"), cookieSession('name: "s"'), iron('cookieName: "s"'), fastify("")],
    good: [
      express("secret: process.env.SECRET"),
      express("secret: config.secret"),
      express("...options"),
      cookieSession("signed: false"),
      holdfast(""),
    ],
  },
  "secret-weak": {
    bad: [
      express('secret: "keyboard cat"'),
      express('secret: ["abc", process.env.OLD]'),
      express("secret: `keyboard cat`"),
      cookieSession('keys: ["key1", "key2"]'),
      iron('password: "complex_password_at_least_32_characters_long"'),
      iron('password: { 1: "complex_password_at_least_32_characters_long" }'),
      fastify('secret: "a secret with minimum length of 32 characters"'),
      holdfast('secret: "keyboard cat"'),
      `const SECRET = "keyboard cat"; ${express("secret: SECRET")}`,
    ],
    good: [express("secret: process.env.SECRET"), express(`secret: "${STRONG}"`)],
  },
  "secret-in-source": {
    bad: [express(`secret: "${STRONG}"`), holdfast(`secret: ["${STRONG}"]`)],
    good: [express("secret: process.env.SECRET"), holdfast("secret: keyFile('keys.json')")],
  },
  "secret-fallback": {
    bad: [
      express('secret: process.env.SECRET || "keyboard cat"'),
      express(`secret: process.env.SECRET ?? "${STRONG}"`),
      `const { SECRET = "x" } = process.env; const s = process.env.A || "b"; ${express("secret: s")}`,
    ],
    good: [
      express('secret: process.env.NODE_ENV === "production" ? process.env.SECRET : "keyboard cat"'),
      express("secret: process.env.NEW ?? process.env.OLD"),
    ],
  },
  "secret-single": {
    bad: [express("secret: process.env.SECRET"), cookieSession("keys: [process.env.SECRET]")],
    good: [
      express("secret: [process.env.NEW, process.env.OLD]"),
      express('secret: process.env.SECRETS.split(",")'),
      iron("password: { 2: process.env.NEW, 1: process.env.OLD }"),
      holdfast("secret: process.env.SECRET"),
    ],
  },
  "secure-missing": {
    bad: [
      express(""),
      express("cookie: {}"),
      express("cookie: { secure: false }"),
      compat("cookie: { maxAge: 60_000 }"),
      express('cookie: { secure: process.env.NODE_ENV !== "production" }'),
      cookieSession("secure: false"),
      iron("cookieOptions: { secure: false }"),
      fastify("cookie: { secure: false }"),
    ],
    good: [
      express("cookie: { secure: true }"),
      express('cookie: { secure: process.env.NODE_ENV === "production" }'),
      express('cookie: { secure: app.get("env") === "production" }'),
      express("cookie: { secure: config.secure }"),
      iron(""),
      fastify(""),
      holdfast(""),
      `const options = { cookie: {} };
       if (app.get("env") === "production") { options.cookie.secure = true; }
       const session = require("express-session"); app.use(session(options));`,
    ],
  },
  "secure-auto": {
    bad: [express('cookie: { secure: "auto" }'), cookieSession("")],
    good: [
      express("cookie: { secure: true }"),
      cookieSession("secure: true"),
      holdfast('cookie: { secure: "auto" }'),
    ],
  },
  "http-only-off": {
    bad: [
      express("cookie: { httpOnly: false }"),
      cookieSession("httpOnly: false"),
      iron("cookieOptions: { httpOnly: false }"),
    ],
    good: [express(""), express("cookie: { httpOnly: true }")],
  },
  "same-site": {
    bad: [
      express(""),
      express("cookie: { sameSite: false }"),
      express('cookie: { sameSite: "none" }'),
      express('cookie: { sameSite: "auto" }'),
      cookieSession(""),
      iron('cookieOptions: { sameSite: "none" }'),
    ],
    good: [
      express('cookie: { sameSite: "lax" }'),
      express("cookie: { sameSite: true }"),
      iron(""),
      holdfast(""),
    ],
  },
  "name-default": {
    bad: [express(""), express('name: "connect.sid"'), cookieSession(""), fastify("")],
    good: [express('name: "__Host-id"'), express('key: "__Host-id"'), iron('cookieName: "__Host-id"')],
  },
  "name-prefix": {
    bad: [express('name: "id"'), cookieSession('name: "id"'), iron('cookieName: "id"')],
    good: [
      express('name: "__Host-id"'),
      express('name: process.env.NODE_ENV === "production" ? "__Host-id" : "id"'),
      express('name: "id", cookie: { domain: "example.com" }'),
      express("name: process.env.NAME"),
      holdfast('name: "id"'),
    ],
  },
  "host-prefix-refused": {
    bad: [
      express('name: "__Host-id"'),
      express('name: "__Host-id", cookie: { secure: true, domain: "example.com" }'),
      express('name: "__Host-id", cookie: { secure: true, path: "/app" }'),
    ],
    good: [express('name: "__Host-id", cookie: { secure: true }'), iron('cookieName: "__Host-id"')],
  },
  "domain-shared": {
    bad: [express('cookie: { domain: ".example.com" }'), holdfast('cookie: { domain: "example.com" }')],
    good: [express("cookie: {}"), express("cookie: { domain: undefined }")],
  },
  "cookie-unsigned": {
    bad: [cookieSession("signed: false")],
    good: [cookieSession("signed: true"), cookieSession("")],
  },
  "insecure-by-name": {
    bad: [holdfast("cookie: { insecureAllowHttp: true }"), holdfast("insecureAllowCrossSite: true")],
    good: [holdfast(""), holdfast("insecureAllowCrossSite: false")],
  },
  "max-age-units": {
    bad: [express("cookie: { maxAge: 3600 }"), cookieSession("maxAge: 60 * 60")],
    good: [express("cookie: { maxAge: 60 * 60 * 1000 }"), iron("cookieOptions: { maxAge: 3600 }")],
  },
  "max-age-long": {
    bad: [
      express("cookie: { maxAge: 1000 * 60 * 60 * 24 * 365 }"),
      cookieSession("maxAge: 10 * 365 * 24 * 3600 * 1000"),
      iron("ttl: 0"),
      iron("ttl: 60 * 60 * 24 * 365"),
    ],
    good: [express("cookie: { maxAge: 86_400_000 }"), iron("ttl: 3600"), iron("")],
  },
  "max-age-missing": {
    bad: [express(""), express("cookie: { maxAge: null }"), express("store: new RedisStore({ client })")],
    good: [
      express("cookie: { maxAge: 60_000 }"),
      express("store: new RedisStore({ client, ttl: 3600 })"),
      express("store"),
      holdfast(""),
    ],
  },
  "expires-fixed": {
    bad: [express("cookie: { expires: new Date(Date.now() + 3600) }")],
    good: [express("cookie: { maxAge: 3_600_000 }"), express("cookie: { expires: false }")],
  },
  "rolling-forever": {
    bad: [express("rolling: true")],
    good: [express("rolling: false"), express(""), holdfast("rolling: true")],
  },
  "save-uninitialized": {
    bad: [express("saveUninitialized: true"), express(""), fastify("")],
    good: [express("saveUninitialized: false"), holdfast("saveUninitialized: true"), cookieSession("")],
  },
  resave: {
    bad: [express("resave: true"), express("")],
    good: [express("resave: false"), compat("resave: true")],
  },
  "memory-store": {
    bad: [
      express(""),
      express("store: new session.MemoryStore()"),
      `import { MemoryStore } from "express-session"; ${express("store: new MemoryStore()")}`,
      compat("store: new session.MemoryStore()"),
      `import MemoryStore from "holdfast/compat/session/memory"; ${compat("store: new MemoryStore()")}`,
      `import MemoryStore from "express-session/session/memory"; ${express("store: new MemoryStore()")}`,
      fastify(""),
    ],
    good: [
      express("store: new RedisStore({ client })"),
      express("store"),
      express('store: process.env.NODE_ENV === "production" ? new RedisStore({ client }) : undefined'),
      `const MemoryStore = require("memorystore")(session); ${express("store: new MemoryStore({})")}`,
      holdfast(""),
    ],
  },
  "store-without-ttl": {
    bad: [express("store: new RedisStore({ client, disableTTL: true })")],
    good: [
      express("store: new RedisStore({ client })"),
      express("store: new RedisStore({ disableTTL: false })"),
    ],
  },
  "client-held": {
    bad: [cookieSession(""), iron("")],
    good: [express(""), holdfast("")],
  },
  "own-ids": {
    bad: [
      express("genid: () => uuid()"),
      express("genid(req) { return Math.random() }"),
      `function makeId() { return "1"; } ${express("genid: makeId")}`,
      fastify("idGenerator: () => uid(24)"),
    ],
    good: [express(""), express("genid: undefined")],
  },
  "proxy-trusted-blindly": {
    bad: [express("proxy: true")],
    good: [express(""), express("proxy: false"), holdfast("proxy: true")],
  },
  "unset-keeps": {
    bad: [express(""), express('unset: "keep"')],
    good: [express('unset: "destroy"'), holdfast("")],
  },
  "same-name-twice": {
    bad: [`${express("")} app.use("/b", session({}));`],
    good: [
      `${express("")} app.use("/b", session({ name: "b" }));`,
      `import session from "express-session";
       const make = () => session({}); const other = () => session({});`,
      `import session from "express-session";
       if (test) app.use(session({ resave: true })); else app.use(session({ resave: false }));`,
    ],
  },
  "trust-proxy-all": {
    bad: [
      `${holdfast("")} app.set("trust proxy", true);`,
      `${express("")} app.enable("trust proxy");`,
      `${fastify("")} const server = fastify({ trustProxy: true });`,
    ],
    good: [`${express("")} app.set("trust proxy", 1);`, `app.set("trust proxy", true);`],
  },
  "sign-in-without-new-id": {
    bad: [
      handler("req.session.userId = user.id; res.end();"),
      handler("const { session } = req; session.user = user;"),
      handler("Object.assign(req.session, { loggedIn: true });"),
      handler("check(req.body, (error, user) => { req.session.user = user; });"),
      handler('req.session["user"] = user;'),
    ],
    good: [
      handler("req.session.regenerate((error) => { req.session.userId = user.id; });"),
      handler("await new Promise((done) => req.session.regenerate(done)); req.session.user = user;"),
      handler("await promisify(req.session.regenerate.bind(req.session))(); req.session.user = user;"),
      handler("req.login(user, next); req.session.user = user;"),
      handler("req.session.user = null;"),
      handler("req.session.cart = [];"),
      handler("req.session.user = { ...req.session.user, name };"),
      `${holdfast("")} app.post("/", (req, res) => { req.session.userId = user.id; });`,
    ],
  },
  "user-not-identified": {
    bad: [
      `${holdfast("")} app.post("/", (req, res) => { req.session.loggedIn = true; });`,
      `${holdfast("")} app.post("/", (req, res) => { req.session.accountId = account.id; });`,
    ],
    good: [
      `${holdfast("identify: ({ accountId }) => accountId")} app.post("/", (req, res) => { req.session.accountId = 1; });`,
      `${holdfast("")} app.post("/", (req, res) => { req.session.loggedIn = true; req.session.userId = 1; });`,
      `${holdfast("")} app.post("/", async (req, res) => { await req.session.signIn(1); req.session.isAdmin = true; });`,
      handler("req.session.accountId = 1;"),
    ],
  },
  "sign-out-keeps-session": {
    bad: [
      handler("delete req.session.user; res.end();"),
      handler("req.session.userId = null;"),
      handler("req.session = null;"),
    ],
    good: [
      handler("req.session.destroy(next);"),
      handler("delete req.session.user; req.session.regenerate(next);"),
      handler("delete req.session.cart;"),
      `${cookieSession("")} app.post("/", (req, res) => { req.session = null; });`,
      `${holdfast("")} app.post("/", (req, res) => { req.session = null; });`,
    ],
  },
  "redirect-before-save": {
    bad: [
      handler('req.session.cart = []; res.redirect("/");'),
      handler('if (a) { req.session.a = 1; } res.redirect("/");'),
    ],
    good: [
      handler('req.session.cart = []; req.session.save(() => res.redirect("/"));'),
      handler('req.session.cart = []; await save(req.session); res.redirect("/");'),
      handler('if (a) { req.session.a = 1; return res.end(); } res.redirect("/");'),
      handler('if (a) { req.session.a = 1; } else { res.redirect("/"); }'),
      handler('res.redirect("/"); req.session.a = 1;'),
      `${compat("")} app.post("/", (req, res) => { req.session.a = 1; res.redirect("/"); });`,
      `${holdfast("")} app.post("/", (req, res) => { req.session.a = 1; res.redirect("/"); });`,
    ],
  },
  "id-in-log": {
    bad: [
      handler("console.log(req.sessionID);"),
      handler("req.log.info({ session: req.session.id }, `hello`);"),
      handler(`console.log(\`session \${req.sessionID} of \${req.ip}\`);`),
      handler("logger.debug(req.headers.cookie);"),
    ],
    good: [
      handler("console.log(hash(req.sessionID));"),
      handler("console.log(req.session.views);"),
      handler("io.to(req.sessionID).emit('x');"),
      `${holdfast("")} app.get("/", (req) => console.log(req.sessionID));`,
    ],
  },
};
