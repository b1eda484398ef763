import { PASSWORD_MAX, USERNAME_MAX } from "../accounts/rules.ts";
import type { Problem } from "../http/problem.ts";
import { checkbox, formError, returnToField, textField } from "./fields.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";
import { inWords } from "./time.ts";

/** What the log-in and sign-up pages show again. */
export interface AccountForm {
  readonly returnTo: string;
  readonly username?: string;
  readonly problem?: Problem;
}

export interface LoginForm extends AccountForm {
  readonly remember?: boolean;
  /** How long a login lasts, in milliseconds. */
  readonly limits: { readonly idleMs: number; readonly absoluteMs: number };
}

export function loginPage({ returnTo, username, problem, remember, limits }: LoginForm): Page {
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
${checkbox({
  name: "remember",
  label: "Remember me",
  hint: `Stay logged in when the browser closes, for ${inWords(limits.absoluteMs)} at most and ${inWords(limits.idleMs)} without use. Not on a shared computer.`,
  checked: remember,
})}
<button class="button primary wide" type="submit">Log in</button>
</form>
<p class="aside">No account yet? <a href="/signup?returnTo=${encodeURIComponent(returnTo)}">Sign up</a></p>
</section>`,
  };
}
