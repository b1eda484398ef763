/**
 * A club's album: sign in, add pictures, publish them, talk.
 */
import { fileURLToPath } from "node:url";
import flash from "connect-flash";
import express from "express";
import session from "holdfast";
import compat from "holdfast/compat";
import { SqliteStore } from "holdfast/store/sqlite";
import passport from "passport";
import sessionFileStore from "session-file-store";
import { Server } from "socket.io";
import { DATA } from "./album/data.js";
import { httpsServer, listen } from "./album/https-server.js";
import { albumPage, loginPage } from "./album/pages.js";
import "./album/people.js";
import {
  addDraft,
  allPictures,
  draftsOf,
  FILES,
  pictureById,
  publishDrafts,
  uploadedPicture,
} from "./album/pictures.js";

const FileStore = sessionFileStore(compat);

const sessions = session({
  secret: process.env.HOLDFAST_SECRET,
  store: new SqliteStore(`${DATA}/sessions.db`),
  absolute: "7d",
  cookie: { secure: true, maxAge: 7 * 24 * 60 * 60 * 1000 },
  migrate: {
    from: "express-session",
    secrets: process.env.SESSION_SECRET,
    store: new FileStore({ path: `${DATA}/sessions`, retries: 0, logFn() {} }),
    until: process.env.OLD_SESSIONS_UNTIL,
    keepLegacy: true,
  },
});

const app = express();
app.use(express.static(fileURLToPath(new URL("album/public", import.meta.url))));
app.use(express.urlencoded({ extended: false }));
app.use(sessions);
app.use(flash());
app.use(passport.session());

app.get("/login", (req, res) => {
  res.send(loginPage({ wrong: req.flash("error"), done: req.flash("info") }));
});

app.post("/login", (req, res, next) => {
  passport.authenticate("local", (error, person, info) => {
    if (error) return next(error);
    if (!person) {
      req.flash("error", info.message);
      return req.session.save((error) => (error ? next(error) : res.redirect("/login")));
    }
    // Another id for whoever signs in, or one that was planted before is theirs too (session fixation).
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.logIn(person, (error) => {
        if (error) return next(error);
        req.flash("info", `Welcome back, ${person.name}.`);
        // Else the browser may be at the next page before the session is in the store.
        req.session.save((error) => (error ? next(error) : res.redirect("/")));
      });
    });
  })(req, res, next);
});

app.post("/logout", (req, res, next) => {
  req.logout((error) => {
    if (error) return next(error);
    req.session.destroy((error) => {
      if (error) return next(error);
      res.clearCookie("connect.sid");
      res.redirect("/login");
    });
  });
});

app.use((req, res, next) => {
  if (req.isAuthenticated()) return next();
  res.redirect("/login");
});

app.get("/", (req, res) => {
  const { name } = req.user;
  res.send(
    albumPage({ name, done: req.flash("info"), drafts: draftsOf(req.session), pictures: allPictures() }),
  );
});

app.post("/drafts", uploadedPicture, (req, res) => {
  if (!req.file) return res.status(415).send("JPEG, PNG or WebP, please.");
  addDraft(req.session, req.file);
  res.sendStatus(201);
});

app.post("/publish", (req, res, next) => {
  const { name } = req.user;
  const count = publishDrafts(req.session, name);
  io.emit("published", { name, count });
  req.flash("info", `Published: ${count}.`);
  req.session.save((error) => (error ? next(error) : res.redirect("/")));
});

app.get("/pictures/:id", (req, res) => {
  const picture = pictureById(req.params.id);
  if (!picture) return res.sendStatus(404);
  res.set("X-Content-Type-Options", "nosniff").type(picture.type).sendFile(picture.id, { root: FILES });
});

const server = await httpsServer(app);
const io = new Server(server);

// The session is read when a connection begins, not for each of its messages.
const atHandshake = (middleware) => (req, res, next) =>
  req._query.sid === undefined ? middleware(req, res, next) : next();
io.engine.use(atHandshake(sessions));
io.engine.use(atHandshake(passport.session()));

io.use((socket, next) => {
  next(socket.request.user ? undefined : new Error("Please sign in."));
});

io.on("connection", (socket) => {
  const { name } = socket.request.user;
  socket.emit("hello", name);
  socket.on("say", (text) => io.emit("said", { name, text: String(text).slice(0, 500) }));
});

listen(server);
