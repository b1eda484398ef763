import { showLocalTimes } from "./local-times.js";

/** As many as the server keeps. */
const MOST = 100;

/** Shows events as they come, newest first. The server ends the stream with the session that asked for it. */
export function followEvents(root) {
  const list = root.getElementById("events");
  if (!list) return;
  const source = new EventSource(`/operator/events?after=${list.dataset.last}`);
  source.addEventListener("open", () => tell("Live"));
  source.addEventListener("message", ({ data }) => add(list, JSON.parse(data)));
  source.addEventListener("ended", () => {
    source.close();
    tell("Ended, as your session has");
  });
  source.addEventListener("error", () => {
    tell(source.readyState === EventSource.CLOSED ? "Not live any more" : "Connecting\u2026");
  });
}

function tell(state) {
  document.getElementById("events-state").textContent = state;
  document.getElementById("events-reload").hidden = state === "Live";
}

function add(list, event) {
  const row = document.getElementById("event-row").content.cloneNode(true);
  row.querySelector("li").classList.toggle("alarming", event.alarming);
  row.querySelector("time").dateTime = event.at;
  for (const place of row.querySelectorAll("[data-field]")) place.textContent = event[place.dataset.field];
  showLocalTimes(row);
  list.prepend(row);
  while (list.children.length > MOST) list.lastElementChild.remove();
  document.getElementById("no-events").hidden = true;
}
