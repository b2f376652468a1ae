/**
 * Takes the pictures of docs/dashboards.md: the boards' panels as Perses draws them, over real jobs.
 * Once before: npm ci && npx vite build --base ./, in this folder.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { boards, uidOf } from "@jobtrail/dashboards";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { folder } from "../board.ts";
import { filledIn } from "../query.ts";
import { shown, soon } from "../real/ask.ts";
import { startStack } from "../real/stack.ts";

const built = join(import.meta.dirname, "dist");
const docs = join(import.meta.dirname, "../../../docs/dashboards");
if (!existsSync(built)) throw new Error("The page is not built. Run here: npm ci && npx vite build --base ./");

/** Long enough for every panel to have something. */
const settleMs = 100_000;
/** Panels that draw lines. */
const mostPanels = 8;

interface PersesPanel {
  readonly spec: {
    readonly plugin: { readonly kind: string };
    readonly queries: readonly { readonly spec: { readonly plugin: { readonly spec: { query: string } } } }[];
  };
}

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

await using stack = await startStack();
const page = createServer((request, response) => {
  const path = request.url === "/" ? "/index.html" : (request.url ?? "").split("?")[0]!;
  if (!existsSync(join(built, path))) return response.writeHead(404).end();
  response
    .writeHead(200, { "content-type": types[extname(path)] ?? "font/woff2" })
    .end(readFileSync(join(built, path)));
});
await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await setTimeout(settleMs);
  for (const { id, title } of boards) if (panelsOf(id).length > 0) await take(browser, id, title, uidOf(id));
  await stack.breakIt();
  await setTimeout(settleMs / 2);
  await shown(stack.prometheus);
  await take(browser, "overview", "Jobs: overview, in trouble", "jobtrail-overview-trouble");
} finally {
  await browser.close();
  page.close();
}

/** The lines of a board, with their queries' variables filled in. */
function panelsOf(id: string): PersesPanel[] {
  const board = JSON.parse(readFileSync(join(folder, `perses/jobtrail-${id}.json`), "utf8")) as {
    readonly spec: { readonly panels: Readonly<Record<string, PersesPanel>> };
  };
  const lines = Object.values(board.spec.panels).filter(
    ({ spec: { plugin, queries } }) =>
      plugin.kind === "TimeSeriesChart" &&
      !queries.some((each) => each.spec.plugin.spec.query.startsWith("{service_name")),
  );
  for (const { spec } of lines)
    for (const query of spec.queries) query.spec.plugin.spec.query = filledIn(query.spec.plugin.spec.query, soon);
  return lines
    .filter(({ spec }) => !spec.queries[0]?.spec.plugin.spec.query.includes("count_over_time"))
    .slice(0, mostPanels);
}

async function take(browser: Browser, id: string, title: string, name: string): Promise<void> {
  const tab = await browser.newPage({ viewport: { width: 980, height: 1100 } });
  const picture = { title, panels: panelsOf(id), prometheus: stack.prometheus, duration: "2m" };
  await tab.addInitScript(`globalThis.picture = ${JSON.stringify(picture)}`);
  await tab.goto(url);
  await tab.waitForFunction(`document.querySelectorAll("canvas").length >= ${picture.panels.length}`, undefined, {
    timeout: 30_000,
  });
  await setTimeout(2000);
  await tab.locator("#root").screenshot({ path: join(docs, `${name}.png`) });
  await tab.close();
}
