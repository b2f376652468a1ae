import { startHarperDb } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { bridged, folder, once } from "./harness.ts";

const config = (url: string, more = ""): string => `
harperdb:
  url: ${url}
  username: HDB_ADMIN
  password: secret-password
  ${more}
`;

const ms = ([seconds, nanos]: readonly [number, number]): number => Math.round(seconds * 1000 + nanos / 1e6);

test("a job is read from its start to its end, and becomes a span with its true times", async () => {
  using at = folder();
  await using node = await startHarperDb();
  const job = node.start({ user: "ann" });
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs().map(({ state, attributes }) => [state, attributes["job.id"]])).toEqual([["active", job.id]]);
  node.end(job.id, { message: "successfully loaded 1 of 3 records" });
  await bridge.clock.step();
  expect(bridge.jobs()).toMatchObject([
    {
      state: "completed",
      result: "success",
      attributes: { "job.name": "csv_data_load", "job.actor.id": "ann" },
      runs: [
        {
          duration: 1.604,
          attributes: { "job.run.warnings": ["loaded 1 of 3 records"], "job.counter.records_loaded": 1 },
        },
      ],
    },
  ]);
  expect(bridge.receiver.spans().map(({ start, end }) => [ms(start), ms(end)])).toEqual([
    [job.start_datetime, job.end_datetime],
  ]);
});

test("what was read is read again and not sent again, also by the next process", async () => {
  using at = folder();
  await using node = await startHarperDb({ version: 5 });
  const ended = node.start();
  node.end(ended.id);
  node.start();
  await using receiver = (await bridged(config(node.url), { folder: at.path })).receiver;
  await using first = await bridged(config(node.url), { folder: `${at.path}/again`, receiver });
  await first.clock.idle();
  const sent = receiver.records().length;
  await first.clock.step();
  await first.bridges.stop();
  await using next = await bridged(config(node.url), { folder: `${at.path}/again`, receiver });
  await next.clock.idle();
  expect(receiver.records().length).toBe(sent);
  expect(new Set(next.jobs().map(({ state }) => state))).toEqual(new Set(["completed", "active"]));
});

test("two bridges that read the same node give one job, one run and one span", async () => {
  using at = folder();
  await using node = await startHarperDb();
  node.end(node.start().id);
  await using a = await bridged(config(node.url), { folder: `${at.path}/a` });
  await a.clock.idle();
  await using b = await bridged(config(node.url), { folder: `${at.path}/b`, receiver: a.receiver });
  await b.clock.idle();
  expect(a.jobs().map(({ runs }) => runs.length)).toEqual([1]);
  expect(new Set(a.receiver.spans().map(({ spanId }) => spanId)).size).toBe(1);
});

test("a job without an end is asked for by its id, and is reported as stalled once, without an end", async () => {
  using at = folder();
  await using node = await startHarperDb();
  const orphan = node.start({ created_datetime: Date.now() - 5 * 3_600_000 });
  await using bridge = await bridged(config(node.url, "stalledAfter: 6h"), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs().map(({ state }) => state)).toEqual(["active"]);
  node.skewMs = 2 * 3_600_000;
  await bridge.clock.step(2 * 3_600_000);
  await bridge.clock.step();
  expect(bridge.jobs()).toMatchObject([{ state: "stalled", runs: [{}] }]);
  expect(bridge.jobs()[0]?.runs[0]?.ended).toBeUndefined();
  expect(once(bridge.receiver.events()).filter(({ name }) => name === "job.stalled").length).toBe(1);
  expect(node.requests.map(({ body }) => (JSON.parse(body) as { operation: string }).operation)).toContain("get_job");
  node.end(orphan.id);
  node.skewMs = 3 * 3_600_000;
  await bridge.clock.step(3_600_000);
  expect(bridge.jobs()).toMatchObject([{ state: "completed" }]);
});

test("without super_user the jobs that are known by id are read, and the message says so", async () => {
  using at = folder();
  await using node = await startHarperDb({ isSuperUser: false });
  const known = node.start();
  node.start();
  await using bridge = await bridged(config(node.url, `ids: [${known.id}]`), { folder: at.path });
  await bridge.clock.idle();
  node.end(known.id);
  await bridge.clock.step();
  expect(bridge.jobs().map(({ state, attributes }) => [state, attributes["job.id"]])).toEqual([
    ["completed", known.id],
  ]);
  expect(bridge.said).toEqual([
    "harperdb: JOBTRAIL_SOURCE_FORBIDDEN: http://HOST answers 403 (forbidden): This operation is not authorized due to role restrictions and/or invalid database items. Searching jobs needs a user of the role super_user. Without it get_job still works: jobs that the bridge knows are read to their end, and those that ids of harperdb lists.",
  ]);
  expect(bridge.bridges.standings()).toMatchObject([{ state: "failing" }]);
});

test("a history is read window by window, and goes on where it was stopped", async () => {
  using at = folder();
  await using node = await startHarperDb();
  const day = 86_400_000;
  const begin = Date.now() - 40 * day;
  for (let i = 0; i < 200; i++) node.end(node.start({ created_datetime: begin + (i * 39 * day) / 200 }).id);
  const wish = { folder: at.path, backfill: begin - day };
  await using bridge = await bridged(config(node.url), wish);
  await bridge.bridges.ended;
  expect(bridge.jobs().length).toBe(200);
  expect(bridge.receiver.spans().length).toBe(200);
  expect((await bridge.receiver.points()).filter(({ name }) => name === "job.run.duration")).toEqual([]);
  expect(bridge.said.at(-1)).toMatch(/^harperdb: 200 records, \d+ a second, 100 %\.$/);
  const asked = node.requests.length;
  await using again = await bridged(config(node.url), { ...wish, receiver: bridge.receiver });
  await again.bridges.ended;
  expect(node.requests.length).toBeLessThanOrEqual(asked + 1);
});

test("after a long outage the bridge says how long the rest takes", async () => {
  using at = folder();
  await using node = await startHarperDb();
  await using bridge = await bridged(config(node.url), { folder: at.path });
  await bridge.clock.idle();
  const away = 5 * 86_400_000;
  for (let i = 0; i < 40; i++) node.end(node.start({ created_datetime: Date.now() + (i * away) / 40 }).id);
  node.skewMs = away;
  const now = bridge.clock.now.bind(bridge.clock);
  let passed = 0;
  // Each look at the clock is a second later, as if the node were slow.
  Object.assign(bridge.clock, { now: () => now() + (passed += 1000) });
  await bridge.clock.step(away);
  expect(bridge.said[0]).toMatch(/^harperdb: \d+ records, \d+ a second, \d+ %, \d+ (s|min) to go\.$/);
  expect(bridge.said.at(-1)).toMatch(/ 100 %\.$/);
  expect(bridge.jobs().length).toBe(40);
});

test("several nodes are read in one process, each with its own checkpoint", async () => {
  using at = folder();
  await using one = await startHarperDb();
  await using two = await startHarperDb();
  one.start();
  two.start();
  const entry = (url: string): string => `\n  - { url: "${url}", username: HDB_ADMIN, password: secret-password }`;
  await using bridge = await bridged(`harperdb:${entry(one.url)}${entry(two.url)}\n`, { folder: at.path });
  await bridge.clock.idle();
  await bridge.receiver.waitFor((emitted) => emitted.events().length === 4);
  expect(bridge.bridges.standings().map(({ name }) => name)).toEqual(["harperdb-1", "harperdb-2"]);
});
