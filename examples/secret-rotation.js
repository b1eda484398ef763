/**
 * Changes the secret without logging anyone out.
 *
 *   SESSION_SECRETS=new,old node examples/secret-rotation.js
 *
 * 1. Make a secret (`npx holdfast keygen`), put it in front of the old one, restart. New cookies are signed with the
 *    new secret; old ones still count, and are signed anew as they come by.
 * 2. Once the absolute limit of the sessions has passed, take the old one away and restart.
 *
 * To end every session at once, take the old one away in the same step.
 */
import express from "express";
import session from "holdfast";
import { SqliteStore } from "holdfast/store/sqlite";

const app = express();

app.use(
  session({
    // An array, newest first. Without SESSION_SECRETS, development makes itself a key file in .holdfast/.
    secret: process.env.SESSION_SECRETS?.split(","),
    // A restart must not end the sessions by itself: they are in a file.
    store: new SqliteStore(process.env.SESSION_FILE ?? "data/secret-rotation.db"),
    resave: false,
    saveUninitialized: false,
    cookie: { secure: process.env.NODE_ENV === "production" },
  }),
);

app.get("/", (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1;
  res.send(`You visited this page ${req.session.views} times`);
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}`);
});
