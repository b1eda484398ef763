import { createServer } from "node:http";
import { type Session, type SessionData, session } from "holdfast";

const sessions = session({ secret: "x" });

createServer((req, res) => {
  sessions(req, res, () => {
    const own: (Session & Partial<SessionData>) | undefined = sessions.get(req);
    res.end(own?.handle);
  });
});
