/**
 * Secure cookie flags, set from the environment.
 *
 *   node examples/secure-cookie.js
 *   NODE_ENV=production SESSION_SECRET=$(npx holdfast keygen) node examples/secure-cookie.js
 *
 * In development the cookie works on http://localhost. In production it needs HTTPS: the second command answers
 * plain HTTP with an error instead of sending a session in the clear.
 */
import express from "express";
import session from "holdfast";

const app = express();

// In production TLS usually ends at a proxy in front of Node; Express is told to trust that one.
if (app.get("env") === "production") app.set("trust proxy", 1);

app.use(
  session({
    // Without one, development makes itself a key file in .holdfast/ and production refuses to start.
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: {
      secure: process.env.NODE_ENV === "production", // sent over HTTPS only
      httpOnly: true, // invisible to scripts; cannot be switched off here
      sameSite: "strict", // not sent with requests from other sites
      maxAge: 60 * 60 * 1000, // one hour
    },
  }),
);

app.get("/", (req, res) => {
  req.session.visited = true;
  const { secure, httpOnly, sameSite, path, maxAge } = req.session.cookie;
  res.json({ secure, httpOnly, sameSite, path, maxAge });
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}`);
});
