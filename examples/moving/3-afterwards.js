/**
 * A club's album: sign in, add pictures, publish them, talk.
 */
import { fileURLToPath } from "node:url";
import flash from "connect-flash";
import express from "express";
import session from "holdfast";
import { SqliteStore } from "holdfast/store/sqlite";
import passport from "passport";
import { Server } from "socket.io";
import { DATA } from "./album/data.js";
import { httpsServer, listen } from "./album/https-server.js";
import { albumPage, loginPage } from "./album/pages.js";
import { personById } from "./album/people.js";
import {
  addDraft,
  allPictures,
  draftsOf,
  FILES,
  pictureById,
  publishDrafts,
  uploadedPicture,
} from "./album/pictures.js";

const sessions = session({
  secret: process.env.HOLDFAST_SECRET,
  store: new SqliteStore(`${DATA}/sessions.db`),
  absolute: "7d",
  cookie: { secure: true, maxAge: 7 * 24 * 60 * 60 * 1000 },
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

app.post(
  "/login",
  passport.authenticate("local", { failureRedirect: "/login", failureFlash: true }),
  (req, res) => {
    req.flash("info", `Welcome back, ${req.user.name}.`);
    res.redirect("/");
  },
);

app.post("/logout", async (req, res) => {
  await req.session.signOut();
  res.redirect("/login");
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

app.post("/publish", (req, res) => {
  const { name } = req.user;
  const count = publishDrafts(req.session, name);
  io.emit("published", { name, count });
  req.flash("info", `Published: ${count}.`);
  res.redirect("/");
});

app.get("/pictures/:id", (req, res) => {
  const picture = pictureById(req.params.id);
  if (!picture) return res.sendStatus(404);
  res.set("X-Content-Type-Options", "nosniff").type(picture.type).sendFile(picture.id, { root: FILES });
});

const server = await httpsServer(app);
const io = new Server(server);

// From a page of the album, by who is signed in, until the session ends.
io.use(async (socket, next) => {
  const admitted = await sessions.fromUpgrade(socket.request, { refuse: next });
  if (!admitted) return;
  admitted.closeWith(socket);
  socket.data.person = personById(admitted.user);
  next(socket.data.person ? undefined : new Error("Please sign in."));
});

io.on("connection", (socket) => {
  const { name } = socket.data.person;
  socket.emit("hello", name);
  socket.on("say", (text) => io.emit("said", { name, text: String(text).slice(0, 500) }));
});

listen(server);
