/**
 * The absolute limit made by hand, as it is written for express-session: the session remembers when it was created
 * and a middleware ends it when it has become too old. It runs unchanged; absolute-timeout.js needs one option.
 *
 *   node examples/absolute-timeout-by-hand.js
 *   ABSOLUTE_MS=5000 node examples/absolute-timeout-by-hand.js
 */
import express from "express";
import session from "holdfast";

const MAX_SESSION_AGE = Number(process.env.ABSOLUTE_MS ?? 8 * 60 * 60 * 1000);

const app = express();

app.use(
  session({
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: process.env.NODE_ENV === "production" },
  }),
);

app.use((req, res, next) => {
  const { createdAt } = req.session;
  if (!createdAt || Date.now() - createdAt <= MAX_SESSION_AGE) return next();
  req.session.destroy((error) => {
    if (error) return next(error);
    res.status(401).send("Your session has expired. Please log in again.");
  });
});

app.get("/login", (req, res) => {
  req.session.user = "anna";
  req.session.createdAt = Date.now();
  res.send("Logged in.");
});

app.get("/", (req, res) => {
  if (!req.session.user) return res.status(401).send("Please log in.");
  res.send(`Hello ${req.session.user}.`);
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}/login`);
});
