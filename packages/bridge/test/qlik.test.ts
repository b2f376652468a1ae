import { startReceiver } from "@jobtrail/testing";
import { startQlik } from "@jobtrail/testing/fakes";
import type { QlikEnvelope } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { bridged, folder } from "./harness.ts";

const secret = "a-webhook-secret-of-32-characters";
const config = (url: string, more = ""): string => `
qlik:
  url: ${url}
  apiKey: qlik-api-key
  secret: ${secret}
  ${more}
`;

const listen = "127.0.0.1:0";
const hookOf = ({ bridges }: { readonly bridges: { readonly url: string | undefined } }): string =>
  `${bridges.url}/webhooks/qlik`;

test.each<QlikEnvelope>(["event", "hybrid", "legacy"])(
  "a run is read from a webhook's %s, and acknowledged when its record is",
  async (envelope) => {
    using at = folder();
    await using qlik = await startQlik();
    await using bridge = await bridged(config(qlik.url), { folder: at.path, listen });
    await bridge.clock.idle();
    const { id } = qlik.start();
    qlik.end(id);
    expect(await qlik.deliver(hookOf(bridge), id, envelope)).toBe(200);
    expect(bridge.jobs()).toMatchObject([
      {
        state: "completed",
        attributes: { "job.id": id, "job.name": "Send the weekly figures" },
        runs: [{ result: "success" }],
      },
    ]);
    expect(bridge.receiver.spans().length).toBe(1);
    expect(JSON.stringify(bridge.receiver.records())).not.toContain("hunter2");
  },
);

test("the same event ten times, and the audits' copy of it, are one run", async () => {
  using at = folder();
  await using qlik = await startQlik();
  await using bridge = await bridged(config(qlik.url), { folder: at.path, listen });
  await bridge.clock.idle();
  const { id } = qlik.start();
  qlik.end(id);
  for (let i = 0; i < 10; i++) expect(await qlik.deliver(hookOf(bridge), id)).toBe(200);
  const sent = bridge.receiver.records().length;
  await bridge.clock.step(600_000);
  expect(bridge.receiver.records().length).toBe(sent);
  expect(bridge.bridges.standings()).toMatchObject([{ records: 1 }]);
});

test("runs whose events were not delivered are caught up from the audits, page by page", async () => {
  using at = folder();
  await using qlik = await startQlik({ pageSize: 3 });
  const ids = Array.from({ length: 8 }, () => qlik.end(qlik.start().id).id);
  await using bridge = await bridged(config(qlik.url), { folder: at.path });
  await bridge.clock.idle();
  expect(new Set(bridge.jobs().map(({ attributes }) => attributes["job.id"]))).toEqual(new Set(ids));
  expect(qlik.requests.filter(({ path }) => path === "/api/v1/audits").length).toBeGreaterThanOrEqual(3);
});

test("a request without the right signature, or too large, is refused, and others are not found", async () => {
  using at = folder();
  await using qlik = await startQlik();
  await using bridge = await bridged(config(qlik.url), { folder: at.path, listen });
  await bridge.clock.idle();
  const { id } = qlik.start();
  qlik.end(id);
  const { headers, body } = qlik.delivery(id);
  const status = async (url: string, init: RequestInit): Promise<number> =>
    (await fetch(url, { method: "POST", ...init })).status;
  const hook = hookOf(bridge);
  expect(await status(hook, { headers, body: `${body} ` })).toBe(401);
  expect(await status(hook, { headers: { ...headers, "qlik-signature": "x" }, body })).toBe(401);
  expect(await status(hook, { body })).toBe(400);
  expect(await status(hook, { headers })).toBe(400);
  expect(await status(hook, { headers, body: "x".repeat(1024 * 1024 + 1) })).toBe(413);
  expect(await status(`${hook}-other`, { headers, body })).toBe(404);
  expect(
    await status(hook, {
      headers: { ...headers, "qlik-signature": headers["qlik-signature"]?.toUpperCase() ?? "" },
      body,
    }),
  ).toBe(200);
  expect(bridge.jobs().length).toBe(1);
});

test("a webhook is answered 503 while the receiver is away, and what is delivered again arrives once", async () => {
  using at = folder();
  await using qlik = await startQlik();
  await using receiver = await startReceiver();
  await using away = await bridged(config(qlik.url), { folder: at.path, listen, endpoint: "http://127.0.0.1:9" });
  const { id } = qlik.start();
  qlik.end(id);
  expect(await qlik.deliver(hookOf(away), id)).toBe(503);
  await away.bridges.stop();
  await using bridge = await bridged(config(qlik.url), { folder: at.path, listen, receiver });
  await bridge.clock.idle();
  expect(await qlik.deliver(hookOf(bridge), id)).toBe(200);
  expect(bridge.jobs().length).toBe(1);
});

test("why a run failed is asked for, on this tenant only", async () => {
  using at = folder();
  await using qlik = await startQlik();
  const failed = qlik.start();
  qlik.end(failed.id, { status: "failed", error: [{ message: "The connector answered 500; password=hunter2" }] });
  await using bridge = await bridged(config(qlik.url), { folder: at.path });
  await bridge.clock.idle();
  const [job] = bridge.jobs();
  expect(job?.error?.message).toContain("The connector answered 500");
  expect(job?.error?.message).not.toContain("hunter2");
});

test("a key that may not read runs is said once, and the runs are read without their errors", async () => {
  using at = folder();
  await using qlik = await startQlik({ maySeeRuns: false });
  for (let i = 0; i < 2; i++) qlik.end(qlik.start().id, { status: "failed", error: ["x"] });
  await using bridge = await bridged(config(qlik.url), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs().map(({ state, error }) => [state, error])).toEqual([
    ["failed", { type: "_OTHER" }],
    ["failed", { type: "_OTHER" }],
  ]);
  expect(bridge.said).toEqual([
    "qlik: why runs failed cannot be read: the apiKey may not read them. It needs the role TenantAdmin or AnalyticsAdmin, or the scope admin.automation-runs.",
  ]);
});

test("a test run is a record and a span, and counts in no metric unless that is asked for", async () => {
  using at = folder();
  await using qlik = await startQlik();
  qlik.end(qlik.start({ testRun: true, context: "test_run" }).id);
  const durations = async (more: string): Promise<number> => {
    await using bridge = await bridged(config(qlik.url, more), { folder: `${at.path}/${more}` });
    await bridge.clock.idle();
    await bridge.bridges.stop();
    expect([bridge.jobs().length, bridge.receiver.spans().length]).toEqual([1, 1]);
    return (await bridge.receiver.points()).filter(({ name }) => name === "job.run.duration").length;
  };
  expect(await durations("")).toBe(0);
  expect(await durations("countTests: true")).toBe(1);
});

test("a traceparent becomes a link of the run's span", async () => {
  using at = folder();
  await using qlik = await startQlik();
  await using bridge = await bridged(config(qlik.url), { folder: at.path, listen });
  await bridge.clock.idle();
  const { id } = qlik.start();
  qlik.end(id);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  await qlik.deliver(hookOf(bridge), id, "event", { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  expect(bridge.receiver.spans().map(({ links }) => links.map((link) => link.traceId))).toEqual([[traceId]]);
});

test("runs at work are shown where their automation is named, and one whose event never came ends by the runs interface", async () => {
  using at = folder();
  await using qlik = await startQlik();
  const run = qlik.start();
  await using bridge = await bridged(config(qlik.url, `automations: [${run.automation}]`), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs().map(({ state }) => state)).toEqual(["active"]);
  qlik.end(run.id);
  delete qlik.runs.get(run.id)?.eventId;
  await bridge.clock.step(660_000);
  expect(bridge.jobs()).toMatchObject([
    { state: "completed", runs: [{ ended: { attributes: { "job.record.source": "reconciliation" } } }] },
  ]);
});

test("an event of another kind is taken and passed over, and one that no schema takes is kept aside", async () => {
  using at = folder();
  await using qlik = await startQlik();
  await using bridge = await bridged(config(qlik.url), { folder: at.path, listen });
  await bridge.clock.idle();
  const { id } = qlik.start();
  qlik.end(id);
  expect(await qlik.deliver(hookOf(bridge), id, "event", { type: "com.qlik.v1.reload.finished" })).toBe(200);
  expect(await qlik.deliver(hookOf(bridge), id, "event", { data: 7 })).toBe(200);
  expect(bridge.jobs()).toEqual([]);
  expect(bridge.refused("qlik")).toMatchObject([{ path: "data" }]);
});
