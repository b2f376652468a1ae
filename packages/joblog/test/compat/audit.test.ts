import { isRefusal } from "@jobtrail/core/event";
import { betterContentArchiving, pageOf } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { browserTest, open } from "../browser.ts";
import { send } from "../sender.ts";
import { email, JobStory } from "../story.ts";
import { events, holding, sampleEvents, stories } from "./asking.ts";

const rowsOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split("\r\n")
    .map((row) => row.split(","));

browserTest("the job audit log lists what has ended, the most recent first, and leads to the results", async () => {
  await using log = await holding(events);
  await using opened = await open(`${log.url}/audit`);
  const { page, trouble } = opened;
  expect(await page.locator("th[scope=col]").allTextContents()).toEqual([
    "Job",
    "Space",
    "Status",
    "Executed by",
    "Started",
    "Ended",
    "Duration",
    "Results",
  ]);
  expect(await page.locator("tbody tr td:first-child").allTextContents()).toEqual([
    "charge-card",
    "nightly",
    "charge-card",
    "send-receipt",
  ]);
  await page.locator("tbody tr").nth(1).getByRole("link", { name: "Results" }).click();
  expect(await page.locator("dt").allTextContents()).toEqual([
    "Job execution ID",
    "Job",
    "Space",
    "Status",
    "Executed by",
    "Started",
    "Ended",
    "Duration",
    "Emails sent",
    "Log command",
  ]);
  expect(await page.locator("dd").allTextContents()).toEqual([
    expect.stringContaining(stories.nightly.uid),
    "nightly",
    "(multiple)",
    "Successful",
    "Scheduled execution",
    "2026-03-02T03:00:10.000Z",
    "2026-03-02T03:00:12.000Z",
    "2 s",
    "37",
    `jobtrail convert --job ${stories.nightly.uid}`,
  ]);
  expect(trouble).toEqual([]);
});

test("a space has a log of its own, and a list is a file that the schema reads", async () => {
  const inDocs = new JobStory(email, "5", { "job.scope.type": "space", "job.scope.id": "docs" });
  await using log = await holding([...events, inDocs.queued(19), inDocs.started(1, 20), inDocs.succeeded(1, 21)]);
  const { text: page } = await send(`${log.url}/audit/spaces/docs`);
  expect(page.match(/<tr>/g)).toHaveLength(2);
  const { text, headers } = await send(`${log.url}/audit.csv`);
  expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
  const [labels = [], ...rows] = rowsOf(text);
  expect(rows).toHaveLength(5);
  for (const cells of rows) {
    const record = Object.fromEntries(labels.map((label, i) => [label, cells[i]]).filter(([, value]) => value !== ""));
    expect(isRefusal(betterContentArchiving.parse(record))).toBe(false);
  }
  expect(rowsOf((await send(`${log.url}/audit/spaces/docs.csv`)).text)).toHaveLength(2);
});

test("an execution of the archive's own is shown as it was, and its text is read again", async () => {
  await using log = await holding(sampleEvents("better-content-archiving"));
  const [labels = [], cells = []] = rowsOf((await send(`${log.url}/audit.csv`)).text);
  const id = cells[labels.indexOf("Job execution ID")] ?? "";
  const { text, status } = await send(`${log.url}/audit/executions/${encodeURIComponent(id)}.txt`);
  expect(status).toBe(200);
  const record = betterContentArchiving.parse(text);
  if (isRefusal(record)) throw new Error(record.path);
  expect(pageOf(record)).toBe(text);
  expect(record["Log command"] ?? "[secret]").toBe("[secret]");
});

test("what is not there, and a page that is none, is said", async () => {
  await using log = await holding([]);
  const answers = await Promise.all(
    ["/audit", "/audit?page=2", "/audit?page=0", "/audit/executions/none", "/audit.csv"].map(async (path) => {
      const { status, text } = await send(`${log.url}${path}`);
      return [status, /<p>([^<]*)<\/p>/.exec(text)?.[1] ?? text.slice(0, 20)];
    }),
  );
  expect(answers).toEqual([
    [200, "No job has been executed yet."],
    [200, "There are no more job executions."],
    [400, "page must be a whole number from 1."],
    [404, "There is none with the id &quot;none&quot;."],
    [200, "Job execution ID,Job"],
  ]);
});

test("with credentials the pages ask for a user, and show its scope alone", async () => {
  const user = { user: "auditor", password: "p", scope: { tenant: "acme" } };
  await using log = await holding(events, {
    credentials: { harperdb: [], devo: [], "product-live": [], qlik: [], "better-content-archiving": [user] },
  });
  const refused = await send(`${log.url}/audit`);
  expect([refused.status, refused.headers["www-authenticate"]]).toEqual([
    401,
    'Basic realm="Job audit log", charset="UTF-8"',
  ]);
  const headers = { authorization: `Basic ${Buffer.from("auditor:p").toString("base64")}` };
  const { text } = await send(`${log.url}/audit.csv`, { headers });
  expect(
    rowsOf(text)
      .slice(1)
      .map(([, job]) => job),
  ).toEqual(["charge-card", "charge-card"]);
  const outside = `/audit/executions/${stories.sent.runUid(1)}`;
  expect(await send(`${log.url}${outside}`, { headers })).toMatchObject({ status: 404 });
});
