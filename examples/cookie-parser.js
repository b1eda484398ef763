/**
 * cookie-parser in front, with the same secret. Sessions do not need it; an app may, for cookies of its own. Neither
 * disturbs the other.
 *
 *   node examples/cookie-parser.js
 */
import { randomBytes } from "node:crypto";
import cookieParser from "cookie-parser";
import express from "express";
import session from "holdfast";

// The sessions here are in memory: a secret that lasts as long as the process is enough to try things out.
const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString("base64url");

const app = express();

app.use(cookieParser(secret));
app.use(
  session({
    secret,
    resave: false,
    saveUninitialized: true,
    cookie: { secure: process.env.NODE_ENV === "production" },
  }),
);

app.get("/", (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1;
  res.cookie("theme", "dark", { signed: true, httpOnly: true, sameSite: "lax" });
  res.json({ views: req.session.views, theme: req.signedCookies.theme ?? null });
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}`);
});
