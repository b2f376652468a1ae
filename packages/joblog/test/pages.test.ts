import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { now, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { startJobLog } from "../src/index.ts";
import type { JobLog } from "../src/index.ts";
import { browserTest, open } from "./browser.ts";
import { post } from "./sender.ts";
import { email, line, order, received, refusedCard, JobStory } from "./story.ts";

const keep = async (log: JobLog, ...events: readonly JobEvent[]): Promise<void> => {
  const { status } = await post(`${log.url}/v1/logs`, encodeLogs(events.map(received), "protobuf"));
  expect(status).toBe(200);
};

const charge = new JobStory(order, "41", { "job.actor.type": "user", "job.actor.id": "ann" });
const mail = new JobStory(email, "42", { "job.actor.id": "shop" });

/** A job that failed for good on its second run, and one that went well. */
const story = [
  charge.queued(0),
  charge.started(1, 1),
  charge.failed(1, 2, false, refusedCard),
  charge.started(2, 12, { "job.worker.name": "worker-2" }),
  charge.failed(2, 13, true, refusedCard),
  mail.queued(1),
  mail.started(1, 2),
  mail.succeeded(1, 3, { "job.run.duration": 1, "job.counter.emails": 3 }),
];

const ids = (page: Page): Promise<string[]> => page.locator("#rows .id").allTextContents();

browserTest("all of it can be read and filtered without script", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, ...story);
  await using opened = await open(log.url, { javaScriptEnabled: false });
  const { page, trouble } = opened;
  expect(await ids(page)).toEqual(["42", "41"]);
  expect(await page.locator(".tools").isVisible()).toBe(false);
  await page.getByLabel("State").selectOption("failed");
  await page.getByRole("button", { name: "Filter" }).click();
  expect(await ids(page)).toEqual(["41"]);
  expect(await page.locator("#rows tr").innerText()).toContain("CardRefused");
  await page.getByRole("link", { name: "charge-card" }).click();
  expect(await page.locator("h1").innerText()).toMatch(/^charge-card\s+failed$/);
  const error = page.getByRole("region", { name: "Error" });
  expect(await error.innerText()).toContain("The bank refused the card: insufficient funds");
  expect(await error.innerText()).toContain("at charge (/srv/shop/payments.js:41:11)");
  const bottom = await error.boundingBox();
  expect((bottom?.y ?? Infinity) + (bottom?.height ?? Infinity)).toBeLessThan(600);
  expect(await page.locator(".gantt .label").allTextContents()).toEqual([
    "Run 1 failed after 1 s",
    "Run 2 failed after 1 s",
  ]);
  expect(await page.locator(".runs tbody tr").count()).toBe(2);
  expect(await page.locator(".history .event").allInnerTexts()).toEqual(
    ["queued", "run.started", "run.ended", "run.started", "run.ended"].map((name) => `job.${name}`),
  );
  expect(trouble).toEqual([]);
});

browserTest("filters stand in the address, offer the values that there are, and can be cleared", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, ...story);
  await using opened = await open(log.url);
  const { page, trouble } = opened;
  expect(
    await page.locator("#queue-values option").evaluateAll((all) => all.map((each) => each.getAttribute("value"))),
  ).toEqual(["email", "orders"]);
  await page.getByLabel("Queue").fill("email");
  await page.getByLabel("Queue").press("Enter");
  await page.waitForURL(/queue=email/);
  expect(await ids(page)).toEqual(["42"]);
  await page.getByLabel("Asked by").fill("ann");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("heading", { name: "No job matches" }).waitFor();
  await page.getByRole("link", { name: "Clear" }).click();
  expect(await ids(page)).toEqual(["42", "41"]);
  expect(trouble).toEqual([]);
});

browserTest("the counts of lost runs and of retries lead to their jobs, and the form shows and keeps it", async () => {
  await using log = await startJobLog({ port: 0 });
  const lost = new JobStory(order, "43");
  await keep(log, ...story, lost.queued(2), lost.started(1, 3), lost.started(2, 60));
  await using opened = await open(log.url);
  const { page, trouble } = opened;
  const counted = (name: string): ReturnType<Page["locator"]> =>
    page.locator("#counts div", { has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) }).locator("a");
  await counted("Retries").click();
  await page.waitForURL(/retried=true/);
  expect(await ids(page)).toEqual(["43", "41"]);
  await counted("Lost").click();
  await page.waitForURL(/lost=true/);
  expect(await ids(page)).toEqual(["43"]);
  await page.getByLabel("Queue").fill("email");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("heading", { name: "No job matches" }).waitFor();
  await page.getByLabel("with lost runs").uncheck();
  await page.getByRole("button", { name: "Filter" }).click();
  await page.locator("#rows tr").waitFor();
  expect([await ids(page), await page.getByLabel("with lost runs").count()]).toEqual([["42"], 0]);
  expect(trouble).toEqual([]);
});

browserTest("what somebody else did to a job says who, by name or id", async () => {
  await using log = await startJobLog({ port: 0 });
  const asked = { "job.actor.id": "eve" };
  const again = charge.event("job.restarted", 20, { ...asked, "job.actor.name": "Eve Ops" });
  await keep(log, ...story, again, charge.event("job.removed", 30, asked));
  await using opened = await open(`${log.url}/jobs/${charge.uid}`);
  const { page } = opened;
  const text = (name: string): Promise<string> =>
    page.locator(".history tr", { hasText: name }).locator(".text").innerText();
  expect(await text("job.restarted")).toMatch(/ by Eve Ops$/);
  expect(await text("job.removed")).toMatch(/ by eve$/);
  expect(await text("job.queued")).not.toMatch(/ by /);
  expect(await page.locator(".facts div", { hasText: "Asked by" }).innerText()).toContain("ann");
});

browserTest("a new job appears by itself, and a job that changes changes", async () => {
  await using log = await startJobLog({ port: 0 });
  await using opened = await open(log.url);
  const { page, trouble } = opened;
  await page.getByRole("heading", { name: "No job yet" }).waitFor();
  expect(await page.locator("pre").innerText()).toContain("node --import @jobtrail/register worker.js");
  await keep(log, mail.queued(1));
  await page.locator("#rows .state.waiting").waitFor();
  await keep(log, mail.started(1, 2));
  await page.locator("#rows .state.active").waitFor();
  expect(await page.locator("#counts dd").first().innerText()).toBe("1");
  expect(trouble).toEqual([]);
});

browserTest("rows do not move under the pointer: new jobs are counted and wait", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, mail.queued(1));
  await using opened = await open(log.url);
  const { page, trouble } = opened;
  await page.locator("#rows tr").hover();
  await keep(log, new JobStory(email, "43").queued(5), new JobStory(email, "44").queued(6), mail.started(1, 7));
  await page.getByRole("link", { name: "2 new jobs" }).waitFor();
  expect(await ids(page)).toEqual(["42"]);
  expect(await page.locator("#rows .state.active").count()).toBe(1);
  await page.getByRole("link", { name: "2 new jobs" }).click();
  await expect.poll(() => ids(page)).toEqual(["44", "43", "42"]);
  expect(await page.locator("#new a").isVisible()).toBe(false);
  await page.locator("#rows tr").first().hover();
  await keep(log, new JobStory(email, "45").queued(8));
  await page.getByRole("link", { name: "1 new job" }).waitFor();
  await page.mouse.move(5, 5);
  await expect.poll(() => ids(page)).toEqual(["45", "44", "43", "42"]);
  expect(trouble).toEqual([]);
});

browserTest("older and newer pages, which announce new jobs without moving", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, ...Array.from({ length: 120 }, (_, i) => new JobStory(email, `${i}`).queued(i)));
  await using opened = await open(log.url);
  const { page, trouble } = opened;
  await page.getByRole("link", { name: "Older" }).click();
  await page.waitForURL(/before=/);
  const second = await ids(page);
  expect([second[0], second.length]).toEqual(["69", 50]);
  await keep(log, new JobStory(email, "new").queued(500));
  await page.getByRole("link", { name: "1 new job" }).waitFor();
  expect(await ids(page)).toEqual(second);
  await page.getByRole("link", { name: "Newer" }).click();
  await page.waitForURL(/after=/);
  expect((await ids(page))[0]).toBe("119");
  await page.getByRole("link", { name: "Newest" }).click();
  await expect.poll(async () => (await ids(page))[0]).toBe("new");
  expect(trouble).toEqual([]);
});

browserTest("a paused page does not change until it is resumed", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, mail.queued(1));
  await using opened = await open(log.url);
  const { page, trouble } = opened;
  await page.getByRole("button", { name: "Live" }).click();
  await page.getByRole("button", { name: "Paused" }).waitFor();
  await keep(log, charge.queued(2));
  await page.getByRole("button", { name: "Paused" }).click();
  await expect.poll(() => ids(page)).toEqual(["41", "42"]);
  expect(trouble).toEqual([]);
});

browserTest("a job's page follows the job, and what is open stays open", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, mail.queued(1), mail.started(1, 2));
  await using opened = await open(`${log.url}/jobs/${mail.uid}`);
  const { page, trouble } = opened;
  await page.getByText("All attributes").click();
  await page.locator("h1").click();
  await keep(log, mail.succeeded(1, 3, { "job.counter.emails": 3 }));
  await page.locator("h1 .state.completed").waitFor();
  await page.locator(".runs td", { hasText: "emails 3" }).waitFor();
  expect(await page.locator("details").first().getAttribute("open")).not.toBeNull();
  expect(await page.locator(".attributes", { hasText: "job.counter.emails" }).isVisible()).toBe(true);
  expect(trouble).toEqual([]);
});

browserTest(
  "an active job without a record for minutes is marked silent, and a lost run is shown as lost",
  async () => {
    await using log = await startJobLog({ port: 0 });
    const begin = toMillis(now()) / 1000 - 900;
    const silent = new JobStory(order, "1", {}, begin);
    const lost = new JobStory(order, "2", {}, begin);
    await keep(log, silent.queued(0), silent.started(1, 1), lost.queued(0), lost.started(1, 1), lost.started(2, 880));
    await using opened = await open(log.url);
    const { page } = opened;
    await page.locator("#rows tr", { hasText: "active, silent" }).getByRole("link").click();
    expect(await page.getByRole("region", { name: "No sign of life" }).innerText()).toContain(
      `No sign of life since ${new Date(begin * 1000 + 1000).toISOString().slice(0, 19).replace("T", " ")}`,
    );
    await page.goto(`${log.url}/jobs/${lost.uid}`);
    expect(await page.locator(".gantt .label").allTextContents()).toEqual([
      "Run 1 lost",
      expect.stringMatching(/^Run 2 at work for /),
    ]);
    expect(await page.locator(".runs .state.lost").count()).toBe(1);
    expect(await page.locator(".history tr", { hasText: "inferred" }).count()).toBe(1);
  },
);

browserTest("times are UTC until the reader wants his own zone, which is remembered", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, mail.queued(1));
  await using opened = await open(log.url, { timezoneId: "Asia/Tokyo" });
  const { page } = opened;
  const shown = (): Promise<string> => page.locator("#rows time").innerText();
  expect(await shown()).toBe("2026-03-02 03:00:01");
  await page.getByRole("button", { name: "UTC" }).click();
  expect(await shown()).toBe("2026-03-02 12:00:01");
  await page.reload();
  await page.getByRole("button", { name: "Local time" }).waitFor();
  expect(await shown()).toBe("2026-03-02 12:00:01");
  expect(await page.locator("#rows time").getAttribute("datetime")).toBe("2026-03-02T03:00:01.000Z");
});

browserTest("whatever a sender writes stays text", async () => {
  await using log = await startJobLog({ port: 0 });
  const evil = `"'><img src=x onerror="alert(1)"><script>alert(2)</script>`;
  const job = new JobStory({ system: evil, queue: evil, name: evil }, evil, {
    "job.actor.id": evil,
    "job.scope.id": evil,
  });
  const error = { type: evil, message: evil, stack: `${evil}\n    at ${evil}</pre><script>alert(3)</script>` };
  const attack = [job.queued(0), job.started(1, 1, { "job.worker.name": evil }), job.failed(1, 2, true, error)];
  const own = { ...job.event("job.deduplicated", 3, { "job.uid": job.uid }), own: { [evil]: evil } };
  await keep(log, ...attack, own);
  await post(`${log.url}/v1/logs`, encodeLogs([line(evil, 1, job.span(1))], "protobuf"));
  for (const path of [
    "/",
    `/?queue=${encodeURIComponent(evil)}`,
    `/jobs/${job.uid}`,
    `/jobs/${encodeURIComponent(evil)}`,
  ]) {
    await using opened = await open(`${log.url}${path}`);
    const { page, trouble } = opened;
    await page.getByText(evil).first().waitFor({ state: "attached" });
    expect(await page.locator("main img, main script, body > script").count()).toBe(0);
    expect(trouble.filter((each) => !each.includes("404"))).toEqual([]);
  }
});

/** What axe gives, as far as it is asked. */
interface Found {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

browserTest.each(["light", "dark"] as const)(
  "nothing stands in the way of assistive technology, %s",
  async (scheme) => {
    await using log = await startJobLog({ port: 0 });
    await using empty = await startJobLog({ port: 0 });
    await keep(log, ...story, ...Array.from({ length: 60 }, (_, i) => new JobStory(email, `x${i}`).queued(i)));
    await using opened = await open(log.url, { colorScheme: scheme });
    const { page } = opened;
    for (const url of [
      log.url,
      `${log.url}/?name=none&lost=true`,
      `${log.url}/?retried=false`,
      `${log.url}/jobs/${charge.uid}`,
      `${log.url}/jobs/x`,
      `${log.url}/audit`,
      `${log.url}/audit/executions/${charge.runUid(3)}`,
      `${empty.url}/audit`,
      empty.url,
    ])
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(url);
        await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
        await page.evaluate(axe);
        const found = await page.evaluate<Found>("axe.run()");
        expect(found.violations.map(({ id, nodes }) => [url, width, id, nodes[0]?.html])).toEqual([]);
        const wider = await page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)");
        expect([url, width, wider]).toEqual([url, width, 0]);
      }
  },
);

browserTest("the keyboard is enough: the first job is opened, and an id is copied", async () => {
  await using log = await startJobLog({ port: 0 });
  await keep(log, ...story);
  await using opened = await open(log.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = opened;
  const focused = (): Promise<unknown> => page.evaluate("document.activeElement?.textContent");
  for (let i = 0; i < 40 && (await focused()) !== "send-receipt"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/jobs\//);
  for (let i = 0; i < 40 && (await focused()) !== "Copy"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copied" }).waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(mail.uid);
});

browserTest("what cannot be shown says why", async () => {
  await using log = await startJobLog({ port: 0 });
  await using opened = await open(`${log.url}/?state=done`);
  expect(await opened.page.locator("main").innerText()).toContain('state is "done"; allowed: scheduled, waiting');
  const gone = await opened.page.goto(`${log.url}/jobs/none`);
  expect(gone?.status()).toBe(404);
  expect(await opened.page.locator("main").innerText()).toContain('No job has the uid "none"');
});
