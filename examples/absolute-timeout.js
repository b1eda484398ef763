/**
 * Ends a session some time after the login, however busy it is.
 *
 *   node examples/absolute-timeout.js
 *   ABSOLUTE_MS=5000 node examples/absolute-timeout.js
 */
import express from "express";
import session from "holdfast";

const absolute = Number(process.env.ABSOLUTE_MS ?? 8 * 60 * 60 * 1000);

const app = express();

app.use(
  session({
    secret: process.env.SESSION_SECRET,
    absolute,
    idle: Math.min(absolute, 30 * 60 * 1000),
    cookie: { secure: process.env.NODE_ENV === "production" },
  }),
);

app.get("/login", (req, res) => {
  req.session.user = "anna";
  res.send("Logged in.");
});

app.get("/", (req, res) => {
  if (!req.session.user) return res.status(401).send("Your session has expired. Please log in again.");
  res.send(
    `Hello ${req.session.user}. You are logged out at ${req.session.times.absoluteExpiresAt.toISOString()}.`,
  );
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}/login`);
});
