import { createServer } from "node:http";
import session from "holdfast/compat";

const sessions = session({
  secret: "x",
  genid: (req) => String(req.headers["x-id"]),
  // @ts-expect-error: Express's requests alone have this
  cookie: (req) => ({ secure: req.secure }),
});

createServer((req, res) => sessions(req, res, () => res.end()));
