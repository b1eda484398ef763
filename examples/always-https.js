/**
 * HTTPS for everything: what arrives over plain HTTP is sent on to HTTPS.
 *
 *   node examples/always-https.js
 *
 * PORT (3000) speaks HTTPS, HTTP_PORT (3080) redirects to it. The certificate is made at each start and signed by
 * nobody, so a browser warns; a real one comes from a certificate authority.
 */
import http from "node:http";
import https from "node:https";
import express from "express";
import session from "holdfast";
import { requireHttps } from "holdfast/defence";
import { generate } from "selfsigned";

const app = express();

// Redirects what comes over plain HTTP, and has browsers not even try that for a year; but not on localhost, where other
// projects live too.
app.use(
  requireHttps({ host: (name) => (name === "localhost" ? `localhost:${server.address().port}` : undefined) }),
);

app.use(
  session({
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: true },
  }),
);

app.get("/", (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1;
  res.send(`You visited this page ${req.session.views} times`);
});

const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
  algorithm: "sha256",
  extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
});

const server = https.createServer({ key, cert }, app).listen(process.env.PORT ?? 3000, () => {
  console.log(`Open https://localhost:${server.address().port}`);
});

const plain = http.createServer(app).listen(process.env.HTTP_PORT ?? 3080, () => {
  console.log(`Redirecting from http://localhost:${plain.address().port}`);
});
