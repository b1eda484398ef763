/**
 * The album's two pages.
 */

/** @param {{ wrong: string[], done: string[] }} messages each shown once */
export function loginPage({ wrong, done }) {
  return page(
    "Sign in",
    `<form class="card" method="post" action="/login">
      ${notes("alert", wrong)}${notes("status", done)}
      <label>Name <input name="username" autocomplete="username" required autofocus></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button>Sign in</button>
    </form>`,
  );
}

/**
 * @param {{
 *   name: string,
 *   done: string[],
 *   drafts: { id: string, name: string }[],
 *   pictures: { id: string, name: string, by: string }[],
 * }} about
 */
export function albumPage({ name, done, drafts, pictures }) {
  const drafted = drafts.map((draft) => `<li>${escaped(draft.name)}</li>`).join("");
  const shown = pictures.map(
    ({ id, name, by }) => `<figure>
      <img src="/pictures/${escaped(id)}" alt="${escaped(name)}" loading="lazy">
      <figcaption>${escaped(name)}, from ${escaped(by)}</figcaption>
    </figure>`,
  );
  return page(
    "Album",
    `${notes("status", done)}
    <section aria-labelledby="add">
      <h2 id="add">Add pictures</h2>
      <label>Pictures <input type="file" id="files" accept="image/jpeg,image/png,image/webp" multiple></label>
      <p id="progress" role="status"></p>
      <ul id="drafts">${drafted}</ul>
      <form method="post" action="/publish"><button>Publish</button></form>
    </section>
    <section aria-labelledby="all">
      <h2 id="all">Everybody’s pictures</h2>
      <div class="pictures">${shown.join("") || "<p>None yet.</p>"}</div>
    </section>
    <section aria-labelledby="talk">
      <h2 id="talk">Talk</h2>
      <p id="presence" role="status">Connecting …</p>
      <ol id="said" aria-live="polite"></ol>
      <form id="say"><label>Say <input name="text" autocomplete="off" maxlength="500" required></label>
        <button>Send</button></form>
    </section>
    <script src="/socket.io/socket.io.js"></script>
    <script src="/album.js" type="module"></script>`,
    `<p>${escaped(name)}</p><form method="post" action="/logout"><button>Sign out</button></form>`,
  );
}

function page(title, main, aside = "") {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · Club album</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/album.css">
</head>
<body>
  <header><h1>Club album</h1>${aside}</header>
  <main>${main}</main>
</body>
</html>
`;
}

function notes(role, messages) {
  return messages.map((message) => `<p class="note" role="${role}">${escaped(message)}</p>`).join("");
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
