import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { expect } from "vitest";
import { startBackend } from "./backend.ts";
import { backendAt, startCollector, collectorTest as test } from "./collector.ts";
import { deliver, recordOf, uidOf, uidsOf } from "./traffic.ts";

const starts = 8;
const requests = 60;
const perRequest = 100;
const filled = requests * perRequest;

/** Large enough that the compaction of the queue's file takes a while. */
const body = "x".repeat(5000);

const numbered = (first: number, count: number): ReturnType<typeof recordOf>[] =>
  Array.from({ length: count }, (_, n) => recordOf(first + n, { body }));

test("a Collector starts eight times on a filled queue while senders call, and then delivers every record", async () => {
  await using away = await startBackend(503);
  await using receiver = await startReceiver();
  const at = (url: string): Record<string, string> => ({ BACKEND_URL: url });
  await using collector = await startCollector({
    config: ["base.yaml", "agent.yaml", backendAt("${env:BACKEND_URL}")],
    env: at(away.url),
  });
  for (let i = 0; i < requests; i++) await deliver(collector.http, numbered(i * perRequest, perRequest));
  const queue = join(collector.data, "queue");
  const size = readdirSync(queue).reduce((sum, name) => sum + statSync(join(queue, name)).size, 0);
  expect(size).toBeGreaterThan(filled * body.length);
  for (let i = 0; i < starts; i++) {
    await collector.kill();
    // A sender has tried again all the time, and is there before the queue is.
    await Promise.all([deliver(collector.http, numbered(filled + i, 1)), collector.start()]);
  }
  await collector.stop();
  await collector.start(at(receiver.url));
  const all = Array.from({ length: filled + starts }, (_, n) => uidOf(n));
  await receiver.waitFor(({ records }) => new Set(uidsOf(records())).size >= all.length);
  expect([...new Set(uidsOf(receiver.records()))].toSorted()).toEqual(all);
  expect(collector.log().match(/.*(?:panic|SIGSEGV).*/g)).toBeNull();
}, 180_000);
