import express from "express";
import session from "holdfast";
import compat from "holdfast/compat";

const old = express();
old.use(compat({ secret: "x", resave: false, saveUninitialized: false }));
old.get("/", (req, res) => {
  // While both are imported, handlers see the main API's session.
  const session: unknown = req.session;
  if (session instanceof compat.Session) session.save((error) => res.end(String(error)));
});

const next = express();
next.use(session({ secret: "x" }));
next.get("/", async (req, res) => {
  await req.session.signIn("anna");
  req.session.destroy((error) => res.end(String(error)));
});
