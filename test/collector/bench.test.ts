import { expect } from "vitest";
import { collectorTest as test } from "./collector.ts";
import { measureCollector } from "../bench/collector.ts";
import { tablesOf } from "../bench/collector/columns.ts";
import { isOfKafka, stacks, titles } from "../bench/collector/stacks.ts";

test("measures every stack in each round, and all of it arrives", async () => {
  const requests = { logs: 4, traces: 2 };
  const { samples, size } = await measureCollector({ requests, perRequest: 20, rounds: 1 });
  const names = stacks.filter((name) => !isOfKafka(name));
  expect([Object.keys(samples.logs), Object.keys(samples.traces)]).toEqual([names, names]);
  expect(size.logs).toBeGreaterThan(700);
  expect(size.traces).toBeGreaterThan(300);
  const [agent] = samples.logs.agent ?? [];
  expect(agent).toMatchObject({ refused: 0, cpu: expect.any(Number), peak: expect.any(Number) });
  // Text is longer than protobuf, and compressed it is shorter.
  expect(agent?.bytes.sink).toBeGreaterThan(size.logs);
  expect(agent?.bytes.out).toBeLessThan(size.logs);
  expect(samples.logs.away?.[0]?.bytes).toMatchObject({ out: 0 });
  expect(samples.logs.away?.[0]?.bytes.queue).toBeGreaterThan(size.logs);
  expect(samples.logs.plain?.[0]?.bytes).toMatchObject({ sink: 0, queue: 0 });
  const rows = tablesOf({ samples, size }).split("\n");
  expect(rows.slice(1, 1 + names.length).map((row) => row.slice(0, 32).trim())).toEqual(
    names.map((name) => titles[name]),
  );
});
