import type { Session } from "holdfast";
import { html } from "./html.ts";
import { icons } from "./icons.ts";
import type { Page } from "./layout.ts";
import { moment } from "./time.ts";

type Times = Pick<Session, "authenticatedAt" | "times" | "handle">;

export function dashboardPage({
  message,
  session,
  visits,
}: {
  message: string;
  session: Times;
  visits: number;
}): Page {
  return {
    title: "Dashboard",
    section: "/dashboard",
    body: html`<h1>${message}</h1>
<div class="columns">
<section class="card" aria-labelledby="this-session">
<h2 id="this-session">This session</h2>
<dl class="facts">
<div><dt>Logged in</dt><dd>${moment(session.times?.createdAt)}</dd></div>
<div><dt>Password last given</dt><dd>${moment(session.authenticatedAt)}</dd></div>
<div><dt>Ends if left alone</dt><dd>${moment(session.times?.idleExpiresAt)}</dd></div>
<div><dt>Ends at the latest</dt><dd>${moment(session.times?.absoluteExpiresAt)}</dd></div>
<div><dt>Visits to the front page</dt><dd>${visits}</dd></div>
<div><dt>Public name</dt><dd><code>${session.handle}</code></dd></div>
</dl>
</section>
<section class="card" aria-labelledby="your-account">
<h2 id="your-account">Your account</h2>
<ul class="links">
<li><a href="/account/sessions">${icons.list}<span><strong>Your sessions</strong>See where you are logged in and end what is not you.</span></a></li>
<li><a href="/account/password">${icons.key}<span><strong>Change your password</strong>Logs every other device out.</span></a></li>
</ul>
</section>
</div>`,
  };
}
