import type { DeviceBinding } from "holdfast";
import { address } from "../http/address.ts";
import type { Client } from "../http/user-agent.ts";
import { deviceBadge, deviceHint, deviceProof } from "./device.ts";
import { type Html, html } from "./html.ts";
import { icons } from "./icons.ts";
import type { Page } from "./layout.ts";
import { moment } from "./time.ts";

/** One session as its owner sees it; also the shape of the JSON. */
export interface SessionRow extends Client {
  readonly handle: string;
  /** True for the one that asks. */
  readonly current: boolean;
  /** True if it outlives the browser's window. */
  readonly remembered: boolean;
  readonly ip: string | undefined;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  /** `null`: any browser with the cookie has it. */
  readonly deviceBound: DeviceBinding | null;
}

export function sessionsPage(rows: readonly SessionRow[]): Page {
  const others = rows.filter((row) => !row.current).length;
  return {
    title: "Your sessions",
    section: "/account/sessions",
    body: html`<h1 tabindex="-1">Your sessions</h1>
<p class="lead">Every browser in which you are logged in. End one that you do not know or no longer use: it is logged out at once.</p>
<ul class="sessions" id="sessions">${rows.map(sessionItem)}</ul>
${rows.some(({ deviceBound }) => deviceBound !== null) && deviceHint}
<form method="post" action="/account/sessions/end-others" data-end="others" id="end-others"${others === 0 && html` hidden`}>
<button class="button danger" type="submit">End all other sessions</button>
</form>
<p class="hint" id="no-others"${others > 0 && html` hidden`}>You are logged in nowhere else.</p>`,
  };
}

function sessionItem(row: SessionRow): Html {
  const name = `${row.browser} on ${row.system}`;
  return html`<li class="card session"${row.current && html` aria-current="true"`}>
<span class="device">${icons[row.form]}</span>
<div class="what">
<h2><span>${name}</span>${row.current && html` <span class="badge">This device</span>`}${row.remembered && html` <span class="badge plain">Remembered</span>`}${deviceBadge(row.deviceBound)}</h2>
<p class="when"><span>Began ${moment(row.createdAt)}</span><span>${row.current ? "In use now" : html`Last used ${moment(row.lastSeenAt)}`}</span>${
    row.ip !== undefined && html`<span>From ${address(row.ip)}</span>`
  }</p>
${sessionLimits(row)}
${deviceProof(row.deviceBound)}
</div>
<form method="post" action="/account/sessions/${encodeURIComponent(row.handle)}/end"${!row.current && html` data-end="${row.handle}"`}>
<button class="button ${row.current ? "quiet" : "danger"} small" type="submit">${row.current ? "Log out" : "End"}<span class="visually-hidden"> ${row.current ? "of this device" : name}</span></button>
</form>
</li>`;
}

/** When a session ends by itself. */
export function sessionLimits({
  idleExpiresAt,
  absoluteExpiresAt,
}: Pick<SessionRow, "idleExpiresAt" | "absoluteExpiresAt">): Html {
  const left =
    idleExpiresAt < absoluteExpiresAt && html`<span>Ends if unused ${moment(idleExpiresAt)}</span>`;
  return html`<p class="when limits">${left}<span>Ends by ${moment(absoluteExpiresAt)}</span></p>`;
}
