/**
 * Sends the chosen pictures, all at once, and talks.
 */
const files = document.getElementById("files");
const progress = document.getElementById("progress");

files.addEventListener("change", async () => {
  progress.textContent = `Sending ${files.files.length} …`;
  const replies = await Promise.allSettled([...files.files].map(send));
  const sent = replies.filter(({ status }) => status === "fulfilled").length;
  progress.textContent = `Sent ${sent} of ${files.files.length}.`;
  files.value = "";
});

async function send(file) {
  const form = new FormData();
  form.append("picture", file);
  const reply = await fetch("/drafts", { method: "POST", body: form });
  if (!reply.ok) throw new Error(`${file.name}: ${reply.status}`);
  const item = document.createElement("li");
  item.textContent = file.name;
  document.getElementById("drafts").append(item);
}

const presence = document.getElementById("presence");
const said = document.getElementById("said");
const say = document.getElementById("say");
const socket = window.io();

socket.on("hello", (name) => {
  presence.textContent = `You are here as ${name}.`;
});
socket.on("disconnect", () => {
  presence.textContent = "You are not connected.";
});
socket.on("connect_error", ({ message }) => {
  presence.textContent = message;
});
socket.on("said", ({ name, text }) => add(`${name}: ${text}`));
socket.on("published", ({ name, count }) => add(`${name} has published ${count}.`));

say.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("say", say.elements.text.value);
  say.reset();
});

function add(text) {
  const line = document.createElement("li");
  line.textContent = text;
  said.append(line);
}
