/** Takes the pictures of the job log's pages: fills one by OTLP over HTTP, as any worker would, and opens it in chromium. */
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startJobLog } from "../../packages/joblog/src/index.ts";
import { received } from "../../packages/joblog/test/story.ts";
import { encodeLogs } from "../../packages/otlp/src/index.ts";
import { scene } from "./scene.ts";

const folder = process.argv[2] ?? ".";
const { events, failed } = scene(Date.now() / 1000);
await using log = await startJobLog({ port: 0 });
const sent = await fetch(`${log.url}/v1/logs`, {
  method: "POST",
  headers: { "content-type": "application/x-protobuf" },
  body: encodeLogs(events.map(received), "protobuf"),
});
if (!sent.ok) throw new Error(`the job log answered ${sent.status}: ${await sent.text()}`);

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const [path, name] of [
    ["/", "jobs.png"],
    [`/jobs/${failed}`, "job.png"],
    ["/audit", "audit.png"],
    [await firstResults(), "audit-results.png"],
  ] as const) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 });
    await page.goto(`${log.url}${path}`);
    await page.screenshot({ path: join(folder, name) });
  }
} finally {
  await browser.close();
}

/** Where the newest execution of the job audit log has its results. */
async function firstResults(): Promise<string> {
  const answer = await fetch(`${log.url}/audit`);
  return /href="(\/audit\/executions\/[^"]*)"/.exec(await answer.text())?.[1] ?? "/audit";
}
