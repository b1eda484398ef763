/**
 * The frame of every page: head, navigation, messages, footer, and for people who are logged in the warning that
 * their session is about to expire.
 *
 * @module
 */
import type { User } from "../accounts/users.ts";
import type { Notice } from "../http/notices.ts";
import { type Html, html } from "./html.ts";
import { icons, logo } from "./icons.ts";

export interface Page {
  readonly title: string;
  /** Which entry of the navigation it belongs to. */
  readonly section?: string;
  /** A form page: one narrow card in the middle. */
  readonly narrow?: boolean;
  readonly body: Html;
}

export interface Around {
  readonly user?: User | undefined;
  readonly notice?: Notice | undefined;
  /** Told beside the notice. */
  readonly news?: Notice | undefined;
  /** True for users who may open the operator's page. */
  readonly operator?: boolean | undefined;
}

export function renderLayout(page: Page, { user, notice, news, operator }: Around): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Holdfast</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
<script type="module" src="/assets/main.js"></script>
</head>
<body${user ? html` data-signed-in="true"` : ""}>
<a class="skip" href="#main">Skip to content</a>
<header class="bar">
<div class="bar-inner">
<a class="brand" href="/">${logo}<span>Holdfast</span></a>
<nav aria-label="Main">
${user ? navigation(user, page.section, operator) : doors(page.section)}
</nav>
</div>
</header>
<main id="main" tabindex="-1"${page.narrow ? html` class="narrow"` : ""}>
<div id="messages" aria-live="polite">${notice && noticeBox(notice)}</div>
${news && html`<div class="news" role="status">${noticeBox(news)}</div>`}
${page.body}
</main>
<footer class="foot"><p>Sessions by Holdfast: kept on the server, ended in an instant.</p></footer>
${user && [noticeTemplate("success"), noticeTemplate("error"), idleWarning]}
</body>
</html>
`.toString();
}

function navigation(user: User, section: string | undefined, operator: boolean | undefined): Html {
  return html`<ul class="nav">
<li>${link("/", "Home", section)}</li>
<li>${link("/dashboard", "Dashboard", section)}</li>
<li>${link("/account/sessions", "Sessions", section)}</li>
<li>${link("/account/password", "Password", section)}</li>
${operator && html`<li>${link("/operator", "Operator", section)}</li>`}
</ul>
<div class="account">
<span class="who" title="Logged in as ${user.name}">${user.name}</span>
<form method="post" action="/logout"><button class="button quiet small" type="submit">Log out</button></form>
</div>`;
}

function doors(section: string | undefined): Html {
  return html`<ul class="nav">
<li>${link("/", "Home", section)}</li>
<li>${link("/login", "Log in", section)}</li>
<li>${link("/signup", "Sign up", section)}</li>
</ul>`;
}

function link(href: string, text: string, section: string | undefined): Html {
  return html`<a href="${href}"${href === section ? html` aria-current="page"` : ""}>${text}</a>`;
}

function noticeBox({ tone, text, link }: Notice): Html {
  return html`<p class="notice ${tone}">${icons[tone]}<span>${text}${link && html` <a href="${link.href}">${link.text}</a>`}</span></p>`;
}

/** For scripts that have something to say. */
function noticeTemplate(tone: Notice["tone"]): Html {
  return html`<template id="notice-${tone}">${noticeBox({ tone, text: "" })}</template>`;
}

const idleWarning = html`<dialog id="idle-warning" class="card" aria-labelledby="idle-title" aria-describedby="idle-text">
<h2 class="warning-title" id="idle-title">Are you still there?</h2>
<p class="warning-text" id="idle-text">You will be logged out because nothing has happened for a while.</p>
<p class="countdown" role="timer" aria-live="off"><span id="idle-left"></span></p>
<div class="actions even">
<button class="button primary" type="button" id="idle-stay">Stay signed in</button>
<button class="button quiet" type="submit" form="idle-logout">Log out now</button>
</div>
<form id="idle-logout" method="post" action="/logout"></form>
</dialog>`;
