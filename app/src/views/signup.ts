import { PASSWORD_MAX, PASSWORD_MIN, USERNAME_MAX, USERNAME_MIN } from "../accounts/rules.ts";
import { formError, returnToField, textField } from "./fields.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";
import type { AccountForm } from "./login.ts";

export function signupPage({ returnTo, username, problem }: AccountForm): Page {
  return {
    title: "Sign up",
    section: "/signup",
    narrow: true,
    body: html`<section class="card">
<h1>Create your account</h1>
${formError(problem)}
<form method="post" action="/signup">
${returnToField(returnTo)}
${textField({
  name: "username",
  label: "Username",
  autocomplete: "username",
  value: username,
  invalid: problem?.code === "ERR_USERNAME" || problem?.code === "ERR_USERNAME_TAKEN",
  autofocus: problem?.code !== "ERR_PASSWORD",
  minlength: USERNAME_MIN,
  maxlength: USERNAME_MAX,
})}
${textField({
  name: "password",
  label: "Password",
  type: "password",
  autocomplete: "new-password",
  hint: `At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember and hard to guess.`,
  invalid: problem?.code === "ERR_PASSWORD",
  autofocus: problem?.code === "ERR_PASSWORD",
  minlength: PASSWORD_MIN,
  maxlength: PASSWORD_MAX,
})}
<button class="button primary wide" type="submit">Sign up</button>
</form>
<p class="aside">Already have an account? <a href="/login?returnTo=${encodeURIComponent(returnTo)}">Log in</a></p>
</section>`,
  };
}
