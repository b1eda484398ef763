import { PASSWORD_MAX } from "../accounts/rules.ts";
import type { Problem } from "../http/problem.ts";
import { formError, knownUsername, returnToField, textField } from "./fields.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";

export interface ConfirmForm {
  readonly username: string;
  readonly returnTo: string;
  readonly problem?: Problem;
}

export function confirmPage({ username, returnTo, problem }: ConfirmForm): Page {
  return {
    title: "Confirm it\u2019s you",
    narrow: true,
    body: html`<section class="card">
<h1>Confirm it\u2019s you</h1>
<p class="lead">You are logged in as <strong>${username}</strong>. What comes next needs your password again; after that, not for five minutes.</p>
${formError(problem)}
<form method="post" action="/confirm">
${returnToField(returnTo)}
${knownUsername(username)}
${textField({
  name: "password",
  label: "Password",
  type: "password",
  autocomplete: "current-password",
  invalid: problem?.code === "ERR_WRONG_PASSWORD",
  autofocus: true,
  maxlength: PASSWORD_MAX,
})}
<button class="button primary wide" type="submit">Confirm</button>
</form>
<p class="aside"><a href="/dashboard">Not now</a></p>
</section>`,
  };
}
