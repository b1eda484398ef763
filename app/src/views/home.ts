import type { User } from "../accounts/users.ts";
import { html } from "./html.ts";
import { icons } from "./icons.ts";
import type { Page } from "./layout.ts";

/** @param message - the line about the visitor's visits */
export function homePage({ message, user }: { message: string; user: User | undefined }): Page {
  return {
    title: "Home",
    section: "/",
    body: html`<section class="hero">
<h1>${message}</h1>
<p class="lead">The count lives in a session on the server. Your browser holds one cookie: an id that nobody can guess, that scripts cannot read, and that travels over HTTPS alone.</p>
<div class="actions even">
${
  user
    ? html`<a class="button primary" href="/dashboard">Open your dashboard</a><a class="button" href="/account/sessions">See your sessions</a>`
    : html`<a class="button primary" href="/signup">Sign up</a><a class="button" href="/login">Log in</a>`
}
</div>
</section>
<ul class="tiles">
<li class="card">${icons.shield}<h2>A new id at every log-in</h2><p>Whatever id a browser had before is dead the moment you log in or out. A planted or copied one is worth nothing.</p></li>
<li class="card">${icons.clock}<h2>Ends by itself</h2><p>A session that is left alone expires, and none lasts for ever. You are warned in time and can stay with one click.</p></li>
<li class="card">${icons.list}<h2>Yours to end</h2><p>See where you are logged in, and end any session from here. It is over at once, on every server.</p></li>
</ul>`,
  };
}
