/**
 * Pictures on disk. One that was uploaded is a draft of its session, under a key of its own, until it is published.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import multer from "multer";
import { DATA } from "./data.js";

export const FILES = `${DATA}/pictures`;
const LIST = `${DATA}/album.json`;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const DRAFT = "draft:";

mkdirSync(FILES, { recursive: true });

const album = existsSync(LIST) ? JSON.parse(readFileSync(LIST, "utf8")) : [];

/** Keeps the one picture of a form, in `req.file`; what is no picture leaves that undefined. */
export const uploadedPicture = multer({
  storage: multer.diskStorage({
    destination: FILES,
    filename: (_req, _file, done) => done(null, randomUUID()),
  }),
  limits: { files: 1, fileSize: 5 * 1024 * 1024 },
  fileFilter: (_req, file, done) => done(null, TYPES.includes(file.mimetype)),
}).single("picture");

export function addDraft(session, { filename, originalname, mimetype }) {
  session[DRAFT + filename] = { name: originalname, type: mimetype };
}

export function draftsOf(session) {
  return Object.entries(session)
    .filter(([key]) => key.startsWith(DRAFT))
    .map(([key, about]) => ({ id: key.slice(DRAFT.length), ...about }));
}

/** Moves the drafts of a session to everybody's album, and says how many there were. */
export function publishDrafts(session, by) {
  const drafts = draftsOf(session);
  for (const draft of drafts) {
    album.push({ ...draft, by });
    delete session[DRAFT + draft.id];
  }
  writeFileSync(LIST, JSON.stringify(album));
  return drafts.length;
}

export function allPictures() {
  return album;
}

export function pictureById(id) {
  return album.find((picture) => picture.id === id);
}
