/**
 * CSRF tokens: a form and a script of the page send one along with what they post.
 *
 *   node examples/csrf-token.js
 *
 * `session()` refuses what other sites send with a session, and needs nothing in the pages for it. Tokens come on top, for
 * those who must have them (NIST SP 800-63B-4, 5.1). They protect the login form too, before there is a session.
 */
import express from "express";
import session from "holdfast";
import { requireCsrfToken } from "holdfast/defence";

const app = express();
app.use(session({ secret: process.env.SESSION_SECRET, cookie: { secure: "auto" } }));
app.use(express.urlencoded({ extended: false }));
// Behind the parser: a form's token is in the body.
app.use(requireCsrfToken());

app.get("/", (req, res) => {
  const token = req.csrfToken();
  if (!req.session.userId) {
    return res.send(`<!doctype html><title>Log in</title>
      <form method="post" action="/login">
        <input type="hidden" name="_csrf" value="${token}">
        <button>Log in as anna</button>
      </form>`);
  }
  res.send(`<!doctype html><title>Likes</title>
    <meta name="csrf-token" content="${token}">
    <p>Likes: <output>${req.session.likes ?? 0}</output></p>
    <form method="post" action="/like">
      <input type="hidden" name="_csrf" value="${token}">
      <button>Like</button>
    </form>
    <button id="script">Like by script</button>
    <script type="module">
      const token = document.querySelector('meta[name="csrf-token"]').content;
      document.getElementById("script").addEventListener("click", async () => {
        const reply = await fetch("/like", { method: "POST", headers: { "X-CSRF-Token": token } });
        if (reply.ok) location.reload();
      });
    </script>`);
});

app.post("/login", async (req, res) => {
  await req.session.signIn("anna");
  res.redirect("/");
});

app.post("/like", (req, res) => {
  req.session.likes = (req.session.likes ?? 0) + 1;
  res.redirect("/");
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`Open http://localhost:${server.address().port}`);
});
