/**
 * The operator's page: everybody's live sessions, what happens to them, and which secrets they depend on.
 *
 * @module
 */
import { address } from "../http/address.ts";
import type { EventLine } from "../operator/event-line.ts";
import type { KeyUsage } from "../operator/key-usage.ts";
import type { SessionLine, SessionLines } from "../operator/session-line.ts";
import { deviceBadge, deviceProof } from "./device.ts";
import { eventList } from "./events.ts";
import { type Html, html } from "./html.ts";
import { icons } from "./icons.ts";
import type { Page } from "./layout.ts";
import { sessionLimits } from "./sessions.ts";
import { moment } from "./time.ts";

export interface Overview extends SessionLines {
  /** True if this is the first page of the sessions. */
  readonly first: boolean;
  readonly keys: readonly KeyUsage[];
  /** Oldest first. */
  readonly events: readonly EventLine[];
  /** The operator's own id. */
  readonly operator: string;
}

export function operatorPage({ sessions, next, first, keys, events, operator }: Overview): Page {
  return {
    title: "Operator",
    section: "/operator",
    body: html`<h1>Operator</h1>
<p class="lead">Everybody\u2019s live sessions. What you end is over at once, on every server.</p>
<div class="columns operator">
${eventList(events)}
<section class="card" aria-labelledby="keys-title">
<h2 id="keys-title">Keys</h2>
<dl class="facts">${keys.map(keyFact)}</dl>
<p class="hint">One key signs, older ones are still accepted. One that may go ends no session when it is taken away.</p>
</section>
</div>
<section aria-labelledby="live-title">
<div class="heading"><h2 id="live-title">Live sessions</h2><a href="/operator">${first ? "Reload" : "First page"}</a></div>
${sessions.length === 0 && html`<p class="hint">There are none on this page.</p>`}
<ul class="sessions compact">${sessions.map((line) => sessionItem(line, operator))}</ul>
<div class="actions">
${next !== null && html`<a class="button" href="/operator?after=${next}">Next page</a>`}
<a class="button danger" href="/operator/end-all">End every session\u2026</a>
</div>
</section>`,
  };
}

function keyFact({ name, id, sessions, mayGo }: KeyUsage): Html {
  const count = sessions === 1 ? "1 session" : `${sessions} sessions`;
  return html`<div><dt>${name} <code>${id}</code></dt><dd>${count}${mayGo && ", may go"}</dd></div>`;
}

function sessionItem(line: SessionLine, operator: string): Html {
  const { user, browser, system, handle } = line;
  const name = user?.name ?? "A visitor, not logged in";
  return html`<li class="card session"${line.current && html` aria-current="true"`}>
<span class="device">${icons[line.form]}</span>
<div class="what">
<h3><span>${name}</span>${line.current && html` <span class="badge">This is you</span>`}${line.remembered && html` <span class="badge plain">Remembered</span>`}${deviceBadge(line.deviceBound)}</h3>
<p class="when"><span>${browser} on ${system}</span>${line.ip !== undefined && html`<span>From ${address(line.ip)}</span>`}<span>Began ${moment(line.createdAt)}</span><span>Last used ${moment(line.lastSeenAt)}</span></p>
${sessionLimits(line)}
${deviceProof(line.deviceBound)}
</div>
<div class="ends">
<form method="post" action="/operator/sessions/${encodeURIComponent(handle)}/end">
<button class="button danger small" type="submit">End<span class="visually-hidden"> the session of ${name}, ${browser} on ${system}</span></button>
</form>
${
  user !== null &&
  html`<form method="post" action="/operator/users/${encodeURIComponent(user.id)}/end">
<button class="button quiet small" type="submit">End all ${user.id === operator ? "of yours" : "of this user"}<span class="visually-hidden">, ${name}</span></button>
</form>`
}
</div>
</li>`;
}
