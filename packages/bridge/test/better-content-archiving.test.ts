import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bcaCsv, bcaExecution, bcaText } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { bridged, folder } from "./harness.ts";
import type { Bridged } from "./harness.ts";

interface Importing {
  readonly bridge: Bridged;
  put(name: string, text: string): void;
}

async function importing(at: string, more = ""): Promise<Importing> {
  const files = join(at, "executions");
  mkdirSync(files);
  const bridge = await bridged(`better-content-archiving: { folder: "${files}" ${more} }\n`, { folder: at });
  await bridge.clock.idle();
  let changed = 1_000_000_000;
  return {
    bridge,
    put(name, text) {
      const path = join(files, name);
      writeFileSync(path, text);
      // Written long ago: a file that was just written may not be complete.
      utimesSync(path, ++changed, changed);
    },
  };
}

test("texts of the page, tables and JSON are read, with scope and counters", async () => {
  using at = folder();
  const { bridge, put } = await importing(at.path);
  await using _ = bridge;
  put(
    "page.txt",
    `Job audit log record\n\n${bcaText([bcaExecution({ Space: "Research", "Executed by": "Ada" }), bcaExecution()])}`,
  );
  put("table.csv", bcaCsv([bcaExecution({ Status: "Cancelled" })]));
  put("list.json", JSON.stringify([bcaExecution(), bcaExecution()]));
  put("lines.ndjson", `${JSON.stringify(bcaExecution())}\n${JSON.stringify(bcaExecution())}\n`);
  await bridge.clock.step();
  const jobs = bridge.jobs();
  expect(jobs.map(({ state }) => state).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "cancelled",
    ...Array<string>(6).fill("completed"),
  ]);
  const ada = jobs.find(({ attributes }) => attributes["job.actor.name"] === "Ada");
  expect(ada).toMatchObject({
    attributes: { "job.scope.type": "space", "job.scope.name": "Research", "job.trigger.type": "manual" },
    runs: [{ duration: 42, attributes: { "job.counter.emails_sent": 7 } }],
  });
  expect(bridge.receiver.spans().length).toBe(7);
  await bridge.bridges.stop();
  const items = (await bridge.receiver.points()).filter(
    ({ attributes }) => attributes["job.item.name"] === "emails_sent",
  );
  expect(items.map(({ value }) => value)).toEqual([49]);
});

test("a file that grew is read on from where it ended, and one that is still written waits", async () => {
  using at = folder();
  const { bridge, put } = await importing(at.path);
  await using _ = bridge;
  const [first, second] = [bcaExecution(), bcaExecution()];
  put("log.csv", bcaCsv([first]));
  await bridge.clock.step();
  const sent = bridge.receiver.records().length;
  put("log.csv", bcaCsv([first, second]));
  await bridge.clock.step();
  expect(bridge.jobs().length).toBe(2);
  expect(bridge.receiver.records().length).toBe(2 * sent);
  appendFileSync(join(at.path, "executions", "log.csv"), "half a ro");
  await bridge.clock.step();
  expect(bridge.refused.bind(undefined, "better-content-archiving")).toThrow(/ENOENT/);
});

test("times as the page shows them need a format and a zone", async () => {
  using at = folder();
  const { bridge, put } = await importing(at.path, ", dateFormat: 'd MMM yyyy HH:mm:ss', timeZone: Europe/Budapest");
  await using _ = bridge;
  put("page.txt", bcaText([bcaExecution({ Started: "25 Nov 2026 14:05:07", Ended: "25 Nov 2026 14:05:49" })]));
  await bridge.clock.step();
  expect(bridge.receiver.spans().map(({ start }) => start)).toEqual([[Date.parse("2026-11-25T13:05:07Z") / 1000, 0]]);
});

test("a retry of a schedule is inferred and says so, in whatever order the file has it", async () => {
  using at = folder();
  const { bridge, put } = await importing(at.path);
  await using _ = bridge;
  const failed = bcaExecution({ Status: "Failed", Ended: "2026-09-30T06:00:42Z", "Spaces processed": 3 });
  const retry = bcaExecution({
    Started: "2026-09-30T06:05:42Z",
    Ended: "2026-09-30T06:06:00Z",
    Duration: "18 seconds",
  });
  const manual = bcaExecution({ Started: "2026-09-30T06:05:42Z", "Executed by": "Ada", Ended: "2026-09-30T06:06:24Z" });
  put("log.csv", bcaCsv([manual, retry, failed]));
  await bridge.clock.step();
  const retries = bridge.receiver.events().filter(({ name }) => name === "job.retry_scheduled");
  expect(
    retries.map(({ attributes }) => [attributes["job.id"], attributes["job.record.source"], attributes["job.reason"]]),
  ).toEqual([
    [
      failed["Job execution ID"],
      "inferred",
      `inferred: ${retry["Job execution ID"]}, an execution of its schedule, began five minutes after it failed`,
    ],
  ]);
  expect(
    bridge
      .jobs()
      .map(({ state }) => state)
      .toSorted((a, b) => (a < b ? -1 : 1)),
  ).toEqual(["completed", "completed", "failed"]);
});

test("what is no execution is kept aside, and the rest of its file is read", async () => {
  using at = folder();
  const { bridge, put } = await importing(at.path);
  await using _ = bridge;
  put("lines.ndjson", `${JSON.stringify(bcaExecution())}\n{"Job": "no id"}\n${JSON.stringify(bcaExecution())}\n`);
  await bridge.clock.step();
  expect(bridge.jobs().length).toBe(2);
  expect(bridge.refused("better-content-archiving")).toMatchObject([{ path: '["Job execution ID"]' }]);
});
