import type { EventLine } from "../operator/event-line.ts";
import { type Html, html } from "./html.ts";

/** Events, newest first. A script adds more as they come; without it a link asks for the page again. */
export function eventList(events: readonly EventLine[]): Html {
  const last = events.at(-1)?.id ?? 0;
  return html`<section class="card" aria-labelledby="events-title">
<div class="heading"><h2 id="events-title">Events</h2><span class="hint"><span id="events-state" role="status"></span> <a href="/operator" id="events-reload">Reload</a></span></div>
<ol class="events" id="events" data-last="${last}" tabindex="0" aria-label="Events, newest first">${[...events].reverse().map(eventItem)}</ol>
<p class="hint" id="no-events"${events.length > 0 && html` hidden`}>Nothing has happened since the server began.</p>
<template id="event-row">${eventItem(BLANK)}</template>
</section>`;
}

const BLANK: Pick<EventLine, "type" | "at" | "who" | "where" | "details" | "alarming"> = {
  type: "session_created",
  at: new Date(0).toISOString(),
  who: "",
  where: "",
  details: "",
  alarming: false,
};

function eventItem({ type, at, who, where, details, alarming }: typeof BLANK): Html {
  return html`<li${alarming && html` class="alarming"`}>
<time datetime="${at}" data-seconds>${at.slice(11, 19)} UTC</time>
<code data-field="type">${type}</code>
<span class="about"><strong data-field="who">${who}</strong><span data-field="details">${details}</span><span data-field="where">${where}</span></span>
</li>`;
}
