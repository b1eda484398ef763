import { PASSWORD_MAX, USERNAME_MAX } from "../accounts/rules.ts";
import type { Problem } from "../http/problem.ts";
import { formError, returnToField, textField } from "./fields.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";

export interface LoginForm {
  readonly returnTo: string;
  readonly username?: string;
  readonly problem?: Problem;
}

export function loginPage({ returnTo, username, problem }: LoginForm): Page {
  const invalid = problem?.code === "ERR_WRONG_CREDENTIALS";
  return {
    title: "Log in",
    section: "/login",
    narrow: true,
    body: html`<section class="card">
<h1>Log in</h1>
${formError(problem)}
<form method="post" action="/login">
${returnToField(returnTo)}
${textField({
  name: "username",
  label: "Username",
  autocomplete: "username",
  value: username,
  invalid,
  autofocus: username === undefined,
  maxlength: USERNAME_MAX,
})}
${textField({
  name: "password",
  label: "Password",
  type: "password",
  autocomplete: "current-password",
  invalid,
  autofocus: username !== undefined,
  maxlength: PASSWORD_MAX,
})}
<button class="button primary wide" type="submit">Log in</button>
</form>
<p class="aside">No account yet? <a href="/signup?returnTo=${encodeURIComponent(returnTo)}">Sign up</a></p>
</section>`,
  };
}
