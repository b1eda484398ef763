import { PASSWORD_MAX, PASSWORD_MIN } from "../accounts/rules.ts";
import type { Problem } from "../http/problem.ts";
import { formError, knownUsername, textField } from "./fields.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";

export function passwordPage({ username, problem }: { username: string; problem?: Problem }): Page {
  return {
    title: "Change your password",
    section: "/account/password",
    narrow: true,
    body: html`<section class="card">
<h1>Change your password</h1>
<p class="lead">Every other device on which you are logged in will be logged out.</p>
${formError(problem)}
<form method="post" action="/account/password">
${knownUsername(username)}
${textField({
  name: "current",
  label: "Current password",
  type: "password",
  autocomplete: "current-password",
  invalid: problem?.code === "ERR_WRONG_PASSWORD",
  autofocus: problem?.code !== "ERR_PASSWORD",
  maxlength: PASSWORD_MAX,
})}
${textField({
  name: "next",
  label: "New password",
  type: "password",
  autocomplete: "new-password",
  hint: `At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember and hard to guess.`,
  invalid: problem?.code === "ERR_PASSWORD",
  autofocus: problem?.code === "ERR_PASSWORD",
  minlength: PASSWORD_MIN,
  maxlength: PASSWORD_MAX,
})}
<button class="button primary wide" type="submit">Change password</button>
</form>
</section>`,
  };
}
