import { html } from "hono/html";
import type { Assets } from "./assets.ts";
import type { Html } from "./format.ts";

/** A whole page. */
export interface Sheet {
  readonly title: string;
  readonly main: Html;
}

/** The document around a page. Without script all of it can be read; the script adds what moves. */
export const layout = (assets: Assets, { title, main }: Sheet): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${assets.icon.path}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assets.style.path}" />
        <script src="${assets.script.path}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header class="bar">
          <a class="brand" href="/"><img src="${assets.icon.path}" alt="" width="22" height="22" />Jobtrail</a>
          <span class="tools" data-script hidden>
            <button type="button" id="live" aria-pressed="true" title="New events appear by themselves; press to pause">
              <span class="dot"></span><span id="live-word">Live</span>
            </button>
            <button type="button" id="zone" title="Show times in UTC or in your own time zone">UTC</button>
          </span>
        </header>
        ${main}
      </body>
    </html> `;

/** A page that says why there is nothing else. */
export const notice = (title: string, text: string): Sheet => ({
  title: `${title} · Jobtrail`,
  main: html`<main id="main" class="notice">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a href="/">All jobs</a></p>
  </main>`,
});
