import { metrics as rows } from "@jobtrail/conventions";
import type { MetricName } from "@jobtrail/conventions";
import fc from "fast-check";
import { expect, test } from "vitest";
import { both } from "./both.ts";
import { printed } from "./printed.ts";

const scope = { name: "@jobtrail/made", version: "1.2.3" };
const names = Object.keys(rows) as MetricName[];

const point = fc.record({
  metric: fc.constantFrom(...names),
  value: fc.oneof(fc.constantFrom(0, 1, 5, 86_400, 86_401), fc.double({ min: 0, max: 1e6, noNaN: true })),
  attributes: fc.constantFrom<Record<string, string | boolean>>(
    {},
    { "job.queue.name": "mail" },
    { "job.queue.name": "é", "job.run.final": true },
    { "job.run.final": true, "job.queue.name": "é" },
  ),
});

for (const preference of ["cumulative", "delta"])
  test(`points are those of the SDK, over several collections, ${preference}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(point, { maxLength: 12 }), { maxLength: 4 }), async (rounds) => {
        const made = both({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference });
        const bind = made.sink().metrics?.(scope);
        // As an instrumentation does, who binds a series once.
        const bound = new Map<string, (value: number) => void>();
        for (const points of rounds) {
          for (const { metric, attributes, value } of points) {
            const series = JSON.stringify([metric, attributes]);
            const count = bound.get(series) ?? bind?.(metric, attributes);
            if (count !== undefined) bound.set(series, count);
            count?.(value);
          }
          if (points.length === 0) continue;
          expect(told(made.ours("metrics"))).toEqual(told(await made.sdk("metrics")));
        }
      }),
      { numRuns: 50 },
    );
  });

test("series beyond the limit are one, which says so", async () => {
  const made = both();
  const bind = made.sink().metrics?.(scope);
  for (let i = 0; i < 2005; i++) bind?.("job.run.stalls", { "job.queue.name": `q${i}` })(1);
  expect(told(made.ours("metrics"))).toEqual(told(await made.sdk("metrics")));
});

test("what is taken at an end says what was counted a moment ago, and a second time nothing", () => {
  const made = both();
  made.otlp.metrics?.(scope)("job.run.active", {})(1);
  expect(told(made.ours("metrics"))).toContain('"asDouble":"1"');
  expect(made.ours("metrics")).toBeUndefined();
});

/** All that a request says but for its times; series in an order of their own. */
function told(body: Uint8Array | undefined): string {
  const timeless = JSON.stringify(printed("metrics", body), (name, value: unknown) =>
    name === "startTimeUnixNano" || name === "timeUnixNano" ? undefined : value,
  );
  return JSON.stringify(JSON.parse(timeless), (name, value: unknown) =>
    name === "dataPoints" || name === "metrics"
      ? (value as unknown[]).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : value,
  );
}
