import type { Problem } from "../http/problem.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";

const TITLES: Readonly<Record<number, string>> = {
  403: "That was refused",
  404: "Not found",
  409: "Please try again",
  413: "Too large",
  429: "Too many attempts",
  500: "Something went wrong",
  503: "Please try again in a moment",
};

export function errorPage({ status, message }: Problem): Page {
  const title = TITLES[status] ?? "That did not work";
  return {
    title,
    narrow: true,
    body: html`<section class="card">
<p class="status">${status}</p>
<h1>${title}</h1>
<p class="lead">${message}</p>
<div class="actions"><a class="button primary" href="/">Go to the front page</a></div>
</section>`,
  };
}
