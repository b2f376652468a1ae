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

interface PersesPanel {
  readonly spec: {
    readonly plugin: { readonly kind: string };
    readonly queries: readonly {
      readonly spec: { readonly plugin: { readonly kind: string; readonly spec: { query: string } } };
    }[];
  };
}

/** A panel and its place: columns of 24, and lines. */
interface Item {
  readonly panel: PersesPanel;
  readonly width: number;
  readonly height: number;
}

interface PersesBoard {
  readonly spec: {
    readonly panels: Readonly<Record<string, PersesPanel>>;
    readonly layouts: readonly {
      readonly spec: {
        readonly items: readonly {
          readonly width: number;
          readonly height: number;
          readonly content: { readonly $ref: string };
        }[];
      };
    }[];
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
  for (const { id, title } of boards) if (rowsOf(id).length > 0) await take(browser, id, title, uidOf(id));
  await stack.breakIt();
  await setTimeout(settleMs / 2);
  await shown(stack.prometheus);
  await take(browser, "overview", "Jobs: overview, in trouble", "jobtrail-overview-trouble");
} finally {
  await browser.close();
  page.close();
}

/** The panels of a board that ask Prometheus, row by row, with their queries' variables filled in. */
function rowsOf(id: string): Item[][] {
  const { spec } = JSON.parse(readFileSync(join(folder, `perses/jobtrail-${id}.json`), "utf8")) as PersesBoard;
  return spec.layouts
    .map((layout) =>
      layout.spec.items.flatMap(({ width, height, content }): Item[] => {
        const panel = spec.panels[content.$ref.split("/").at(-1) ?? ""];
        return panel !== undefined && asksPrometheus(panel) ? [{ panel: filled(panel), width, height }] : [];
      }),
    )
    .filter((items) => items.length > 0);
}

function asksPrometheus({ spec }: PersesPanel): boolean {
  return spec.queries.every((query) => query.spec.plugin.kind === "PrometheusTimeSeriesQuery");
}

function filled(panel: PersesPanel): PersesPanel {
  for (const { spec } of panel.spec.queries) spec.plugin.spec.query = filledIn(spec.plugin.spec.query, soon);
  return panel;
}

async function take(browser: Browser, id: string, title: string, name: string): Promise<void> {
  const tab = await browser.newPage({ viewport: { width: 980, height: 1100 } });
  const rows = rowsOf(id);
  const charts = rows.flat().filter(({ panel }) => panel.spec.plugin.kind === "TimeSeriesChart").length;
  await tab.addInitScript(
    `globalThis.picture = ${JSON.stringify({ title, rows, prometheus: stack.prometheus, duration: "2m" })}`,
  );
  tab.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
  await tab.goto(url);
  // Each chart is a canvas, or says that it is empty.
  const drawn = 'document.querySelectorAll("canvas").length + document.body.innerText.split("No data").length - 1';
  await tab.waitForFunction(`${drawn} >= ${charts}`, undefined, { timeout: 90_000 });
  await setTimeout(2000);
  await tab.locator("#root").screenshot({ path: join(docs, `${name}.png`) });
  await tab.close();
}
