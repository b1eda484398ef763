/**
 * Ends a session after a time without activity.
 *
 *   node examples/idle-timeout.js
 *   IDLE_MS=5000 node examples/idle-timeout.js
 */
import express from "express";
import session from "holdfast";

const app = express();

app.use(
  session({
    secret: process.env.SESSION_SECRET,
    resave: true,
    rolling: true, // each reply gives the cookie its whole life again
    saveUninitialized: false,
    cookie: {
      secure: process.env.NODE_ENV === "production",
      maxAge: Number(process.env.IDLE_MS ?? 60_000),
    },
    // `cookie.maxAge` alone also sets the limit that the server keeps. To have one without a cookie that outlives
    // the browser, leave maxAge, rolling and resave out and write:
    //   idle: "30m"
  }),
);

app.get("/login", (req, res) => {
  req.session.user = "anna";
  res.send("Logged in.");
});

app.get("/", (req, res) => {
  if (!req.session.user) return res.status(401).send("Your session has expired. Please log in again.");
  res.send(
    `Hello ${req.session.user}. Without another request you are logged out in ${req.session.cookie.maxAge} ms.`,
  );
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}/login`);
});
