/**
 * Line icons, drawn on a 24-pixel grid. Decorative: text beside them says the same.
 *
 * @module
 */
import { type Html, html } from "./html.ts";

const icon = (paths: Html): Html =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;

export const icons = {
  desktop: icon(html`<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M8 20h8M12 16v4"/>`),
  phone: icon(html`<rect x="7" y="2.5" width="10" height="19" rx="2.5"/><path d="M11 18h2"/>`),
  unknown: icon(
    html`<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5v.01"/>`,
  ),
  shield: icon(
    html`<path d="M12 3l7 3v5.5c0 4.4-2.9 7.9-7 9.5-4.1-1.6-7-5.1-7-9.5V6z"/><path d="M9 12l2.2 2.2L15.5 10"/>`,
  ),
  clock: icon(html`<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.2 2"/>`),
  list: icon(html`<path d="M9 6h11M9 12h11M9 18h11M4.5 6v.01M4.5 12v.01M4.5 18v.01"/>`),
  key: icon(html`<circle cx="8" cy="15.5" r="4.5"/><path d="M11.3 12.2L20 3.5M16 7.5l3 3"/>`),
  info: icon(html`<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 7.8v.01"/>`),
  success: icon(html`<circle cx="12" cy="12" r="9"/><path d="M8.2 12.3l2.6 2.6 5-5.4"/>`),
  error: icon(html`<path d="M12 3.5l9.5 16.5h-19z"/><path d="M12 10v4.5M12 17.2v.01"/>`),
} as const;

/** The mark: a ring held by a base, as a holdfast holds to the rock. */
export const logo: Html = html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect class="logo-ground" width="32" height="32" rx="8"/><path class="logo-line" d="M16 18.5V26M16 26c-3.6 0-6-1.6-7.5-4M16 26c3.6 0 6-1.6 7.5-4M11.5 22.5L8 21M20.5 22.5L24 21"/><circle class="logo-line" cx="16" cy="12" r="6"/></svg>`;
