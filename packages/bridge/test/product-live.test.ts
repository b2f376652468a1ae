import { utimesSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startProductLive } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { bridged, folder } from "./harness.ts";

const config = (url: string, more = ""): string => `
product-live:
  url: ${url}
  apiKey: product-live-key
  perMinute: 60000
  ${more}
`;

test.each(["newest", "oldest"] as const)(
  "queue and end are one job, whichever way the log goes: %s first",
  async (order) => {
    using at = folder();
    await using live = await startProductLive({ order, maySeeExecutions: false });
    for (let i = 0; i < 7; i++) live.end(live.queue().id);
    live.other();
    const open = live.queue();
    await using bridge = await bridged(config(live.url, "size: 4"), { folder: at.path });
    await bridge.clock.idle();
    const states = (): readonly string[] =>
      bridge
        .jobs()
        .map(({ state }) => state)
        .toSorted((a, b) => (a < b ? -1 : 1));
    expect(states()).toEqual([...Array<string>(7).fill("completed"), "waiting"]);
    live.end(open.id, "COMPLETED_WITH_ERRORS");
    for (let i = 0; i < 9; i++) live.queue();
    await bridge.clock.step();
    expect(states()).toEqual([...Array<string>(8).fill("completed"), ...Array<string>(9).fill("waiting")]);
    const sent = bridge.receiver.records().length;
    await bridge.clock.step();
    expect(bridge.receiver.records().length).toBe(sent);
    expect(bridge.receiver.spans().length).toBe(8);
  },
);

test("pages that shift while they are read lose nothing, and a walk that is cut short is made again", async () => {
  using at = folder();
  await using live = await startProductLive({ maySeeExecutions: false });
  for (let i = 0; i < 12; i++) live.queue();
  await using bridge = await bridged(config(live.url, "size: 5"), { folder: at.path });
  await bridge.clock.idle();
  for (let i = 0; i < 20; i++) live.queue();
  live.fail({
    status: 200,
    headers: { "x-api": "1" },
    body: { object: "list", data: live.log.toReversed().slice(0, 5) },
  });
  live.fail({ status: 503 });
  await bridge.clock.step();
  for (let i = 0; i < 3; i++) live.queue();
  await bridge.clock.step();
  expect(bridge.jobs().length).toBe(35);
});

test("running jobs and the depth of pipelines come from the executions, and links to files are secret", async () => {
  using at = folder();
  await using live = await startProductLive();
  const running = live.queue();
  live.begin(running.id);
  live.queue();
  live.queue();
  await using bridge = await bridged(config(live.url), { folder: at.path });
  await bridge.clock.idle();
  expect(
    bridge
      .jobs()
      .map(({ state }) => state)
      .toSorted((a, b) => (a < b ? -1 : 1)),
  ).toEqual(["active", "waiting", "waiting"]);
  expect(JSON.stringify(bridge.receiver.records())).not.toContain("hunter2");
  live.end(running.id);
  await bridge.clock.step();
  expect(bridge.jobs().find(({ attributes }) => attributes["job.id"] === running.id)).toMatchObject({
    state: "completed",
    runs: [{ result: "success" }],
  });
  await bridge.bridges.stop();
  const waits = (await bridge.receiver.points()).filter(({ name }) => name === "job.run.wait");
  expect(waits.map(({ attributes }) => attributes["job.queue.name"])).toEqual([running.pipelineId]);
  const sizes = (await bridge.receiver.points()).filter(({ name }) => name === "job.queue.size");
  expect(sizes.map(({ attributes, value }) => [attributes["job.state"], value])).toEqual([
    ["waiting", 2],
    ["active", 0],
  ]);
});

test("a key that may not see executions is said once", async () => {
  using at = folder();
  await using live = await startProductLive({ maySeeExecutions: false });
  live.queue();
  await using bridge = await bridged(config(live.url), { folder: at.path });
  await bridge.clock.idle();
  await bridge.clock.step();
  expect(bridge.said).toEqual([
    "product-live: job executions cannot be read with this apiKey: running jobs and the depth of pipelines are not shown. Ends and what was queued are, from the audit log.",
  ]);
  expect(bridge.bridges.standings()).toMatchObject([{ state: "reading" }]);
});

test("a periodic job that did not come is missed, once for each time", async () => {
  using at = folder();
  await using live = await startProductLive({ maySeeExecutions: false });
  live.queue({ origin: "PERIODIC", rules: [{ isEnabled: true, cronExpression: "0 * * * *" }] });
  await using bridge = await bridged(config(live.url), { folder: at.path });
  await bridge.clock.idle();
  await bridge.clock.step(3 * 3_600_000);
  await bridge.clock.step();
  const missed = bridge.receiver.events().filter(({ name }) => name === "job.schedule.missed");
  expect(missed.length).toBeGreaterThanOrEqual(2);
  expect(missed.length).toBeLessThanOrEqual(3);
  expect(missed[0]?.attributes).toMatchObject({
    "job.schedule.id": "67a0bdc2d57ed1d3c254713b",
    "job.schedule.expression": "0 * * * *",
    "job.record.source": "inferred",
  });
});

test("an instance that does not end is reported as stalled", async () => {
  using at = folder();
  await using live = await startProductLive();
  const { id } = live.queue();
  live.begin(id);
  await using bridge = await bridged(config(live.url, "stalledAfter: 2h"), { folder: at.path });
  await bridge.clock.idle();
  await bridge.clock.step(3 * 3_600_000);
  expect(bridge.jobs()).toMatchObject([{ state: "stalled" }]);
});

test("the documented limit is kept", async () => {
  using at = folder();
  await using live = await startProductLive({ perMinute: 50 });
  for (let i = 0; i < 30; i++) live.queue();
  await using bridge = await bridged(config(live.url, "size: 1").replace("perMinute: 60000", "perMinute: 50"), {
    folder: at.path,
    once: true,
  });
  const waits = async (): Promise<void> => {
    for (;;) {
      await bridge.clock.idle();
      await bridge.clock.step();
    }
  };
  await Promise.race([bridge.bridges.ended, waits()]);
  expect(bridge.said.join()).not.toContain("429");
  expect(bridge.clock.waits.length).toBeGreaterThan(15);
});

test("rows that were exported are read from a folder, CSV and JSON", async () => {
  using at = folder();
  const rows = join(at.path, "rows");
  mkdirSync(rows);
  const row = (type: string, details: object): object => ({
    Id: "3fd28929-228d-11ef-91f5-002248824020",
    "TimeGenerated [UTC]": "2026-09-30T16:12:33.7430000Z",
    EntityType: "job",
    PlType: type,
    Version: 2,
    Details: details,
  });
  const queued = row("job.queued", {
    jobInstanceId: "67a0bf50d57ed1d3c254713c",
    jobTitle: "export",
    actionOrigin: "API",
  });
  const details = JSON.stringify({
    jobInstanceId: "67a0bf50d57ed1d3c254713c",
    jobInstanceStatus: "COMPLETED",
    jobInstanceStartAt: "2026-09-30T16:13:00.0000000Z",
    jobInstanceEndAt: "2026-09-30T16:13:20.0000000Z",
  });
  writeFileSync(join(rows, "queued.json"), JSON.stringify([queued]));
  writeFileSync(
    join(rows, "ended.csv"),
    `Id,TimeGenerated [UTC],EntityType,PlType,Version,Details\n3fd2,2026-09-30T16:13:33.7430000Z,job,job.end,2,"${details.replaceAll('"', '""')}"\n`,
  );
  for (const name of ["queued.json", "ended.csv"]) utimesSync(join(rows, name), 1, 1);
  await using bridge = await bridged(`product-live: { folder: "${rows}" }\n`, { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs()).toMatchObject([{ state: "completed", runs: [{ duration: 20 }] }]);
});
