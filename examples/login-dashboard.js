/**
 * Login, dashboard, logout. The one account is `anna`, with the password `correct horse`.
 *
 *   node examples/login-dashboard.js
 *
 * Assigning `req.session.userId` is enough: the session gets a new id by itself, so an id that somebody planted
 * before the login is worth nothing after it.
 */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import express from "express";
import session from "holdfast";

const users = [account(1, "anna", "correct horse")];

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(
  session({
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: process.env.NODE_ENV === "production" },
  }),
);

app.get("/", (_req, res) => {
  res.send(`<!doctype html><title>Log in</title>
    <form method="post" action="/login">
      <label>Name <input name="username" autocomplete="username"></label>
      <label>Password <input name="password" type="password" autocomplete="current-password"></label>
      <button>Log in</button>
    </form>`);
});

app.post("/login", (req, res) => {
  const { username, password } = req.body ?? {};
  const user = users.find((one) => one.name === username);
  if (!user || !isPassword(user, password)) {
    return res.status(401).send("Wrong username or password.");
  }
  req.session.userId = user.id;
  res.redirect("/dashboard");
});

app.get("/dashboard", (req, res) => {
  if (!req.session.userId) return res.status(401).send("Please log in.");
  const user = users.find((one) => one.id === req.session.userId);
  res.send(`Welcome back, ${user.name}!
    <form method="post" action="/logout"><button>Log out</button></form>`);
});

app.post("/logout", (req, res, next) => {
  req.session.destroy((error) => {
    if (error) return next(error);
    res.redirect("/");
  });
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}`);
});

function account(id, name, password) {
  const salt = randomBytes(16);
  return { id, name, salt, hash: scryptSync(password, salt, 32) };
}

function isPassword({ salt, hash }, password) {
  return typeof password === "string" && timingSafeEqual(scryptSync(password, salt, 32), hash);
}
