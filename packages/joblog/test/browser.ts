import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, test } from "vitest";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const found = places.find(existsSync);
const isSkipped = found === undefined && process.env["CI"] !== "true";
if (isSkipped) console.warn("The pages' tests are skipped: there is no chromium. Install it: apt-get install chromium");

/** A test that needs a browser: skipped where there is none, except in CI. */
export const browserTest: typeof test = isSkipped ? (test.skip as typeof test) : test;

/** An open page, and all that went wrong on it. */
export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the console and of scripts, dialogs, and requests to elsewhere. */
  readonly trouble: readonly string[];
}

/** Opens a page in a profile of its own. */
export async function open(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  running ??= launch();
  const context = await (await running).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && trouble.push(message.text())));
  page.on("pageerror", (error) => void trouble.push(String(error)));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const { origin } = new URL(url);
  page.on("request", (request) => void (new URL(request.url()).origin !== origin && trouble.push(request.url())));
  await page.goto(url);
  return { page, trouble, [Symbol.asyncDispose]: () => context.close() };
}

/** Starting a browser takes seconds; the profiles share nothing. */
let running: Promise<Browser> | undefined;

afterAll(async () => (await running)?.close());

const launch = (): Promise<Browser> => {
  if (found === undefined) throw new Error("There is no chromium. Install it: apt-get install chromium");
  return chromium.launch({ executablePath: found, args: ["--no-sandbox"] });
};
