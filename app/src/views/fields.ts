/**
 * Form parts that the log-in, sign-up, password and confirmation pages share.
 *
 * @module
 */
import type { Problem } from "../http/problem.ts";
import { type Html, html } from "./html.ts";
import { icons } from "./icons.ts";

export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password";
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string;
  /** Marked as wrong and described by {@link formError}. */
  readonly invalid?: boolean | undefined;
  readonly autofocus?: boolean | undefined;
  readonly maxlength: number;
  readonly minlength?: number;
}

export function textField(options: FieldOptions): Html {
  const {
    name,
    label,
    type = "text",
    autocomplete,
    value,
    hint,
    invalid,
    autofocus,
    maxlength,
    minlength,
  } = options;
  const described = [invalid && "form-error", hint && `${name}-hint`].filter(Boolean).join(" ");
  return html`<div class="field">
<label for="${name}">${label}</label>
<div class="input"><input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required maxlength="${maxlength}"${
    minlength !== undefined && html` minlength="${minlength}"`
  }${value !== undefined && html` value="${value}"`}${type === "text" && html` autocapitalize="none" spellcheck="false"`}${
    invalid && html` aria-invalid="true"`
  }${described !== "" && html` aria-describedby="${described}"`}${autofocus && html` autofocus`}></div>
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

export function checkbox({
  name,
  label,
  hint,
  checked,
}: {
  name: string;
  label: string;
  hint: string;
  checked?: boolean | undefined;
}): Html {
  return html`<div class="field check">
<input id="${name}" name="${name}" class="tick" type="checkbox" aria-describedby="${name}-hint"${checked && html` checked`}>
<label for="${name}">${label}</label>
<p class="hint" id="${name}-hint">${hint}</p>
</div>`;
}

/** So that a password manager knows whose password is asked for. */
export function knownUsername(username: string): Html {
  return html`<input class="visually-hidden" type="text" name="username" autocomplete="username" value="${username}" readonly tabindex="-1" aria-hidden="true">`;
}

/** Says why the form was not accepted. An alert, so that it is read out when the page comes back. */
export function formError(problem: Problem | undefined): Html | undefined {
  return (
    problem &&
    html`<p class="notice error" id="form-error" role="alert">${icons.error}<span>${problem.message}</span></p>`
  );
}

/** Where to go afterwards; already checked by `safeReturnTo`. */
export function returnToField(returnTo: string): Html {
  return html`<input type="hidden" name="returnTo" value="${returnTo}">`;
}
