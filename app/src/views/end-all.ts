import { html } from "./html.ts";
import type { Page } from "./layout.ts";

export function endAllPage(): Page {
  return {
    title: "End every session",
    section: "/operator",
    narrow: true,
    body: html`<section class="card">
<h1>End every session?</h1>
<p class="lead">Everybody is logged out at once, on every server, and <strong>you are too</strong>. Visitors who are not logged in lose what their sessions hold. It cannot be undone.</p>
<form method="post" action="/operator/end-all">
<input type="hidden" name="confirm" value="yes">
<div class="actions even">
<button class="button danger" type="submit">End every session</button>
<a class="button quiet" href="/operator">Cancel</a>
</div>
</form>
</section>`,
  };
}
