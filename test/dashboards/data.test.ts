import { boards } from "@jobtrail/dashboards";
import { absenceOf, postgres, redis } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { describe, expect, vi } from "vitest";
import { collectorTest as test } from "../collector/collector.ts";
import { prometheus } from "../collector/prometheus.ts";
import { firing, namesMissing, red, shown, variablesOf } from "./real/ask.ts";
import { startStack } from "./real/stack.ts";

const absences = [redis, postgres, prometheus]
  .map((service) => absenceOf(service, process.env))
  .filter((absence) => absence !== undefined && !absence.fails);
for (const absence of absences) console.log(`Skipped: ${absence?.line}`);

const waiting = { timeout: 120_000, interval: 2000 };

describe.skipIf(absences.length > 0)("jobs of BullMQ, pg-boss and croner, through a Collector into Prometheus", () => {
  test(
    "fill every panel of metrics, fire only the alerts that are true, and turn only their panels red",
    { timeout: 400_000 },
    async () => {
      await using stack = await startStack();
      const series = new Map<string, number>();
      await vi.waitFor(async () => {
        for (const { board, panel, series: count } of await shown(stack.prometheus)) {
          const key = `${board}: ${panel.title}`;
          series.set(key, Math.max(series.get(key) ?? 0, count));
        }
        expect([...series].filter(([, count]) => count === 0)).toEqual([]);
      }, waiting);
      console.log([...series].map(([key, count]) => `${key}: ${count}`).join("\n"));
      expect(await namesMissing(stack.prometheus)).toEqual([]);
      expect(await variablesOf(stack.prometheus)).toMatchObject({
        environment: ["test"],
        service: ["shop/mailer", "shop/orders", "shop/scheduler"],
        system: ["bullmq", "croner", "pgboss"],
        queue: ["mail", "orders"],
        schedule: ["nightly"],
      });
      await vi.waitFor(() => emittedAsAsked(stack.receiver), waiting);

      await vi.waitFor(
        async () => expect(await firing(stack.prometheus)).toEqual(["JobFailedForGood refund"]),
        waiting,
      );
      const calm = ["job: Failed for good", "overview: Jobs failed for good", "queue: Jobs"];
      expect(red(await shown(stack.prometheus)).toSorted()).toEqual(calm);

      await stack.breakIt();
      const seen = new Set<string>();
      const wanted = [
        "JobBacklogGrowing reports",
        "JobFailedForGood refund",
        "JobQueueAge reports",
        "JobQueueWithoutWorkers reports",
        "JobRetriesExhausted flaky",
        "JobTelemetryAbsent shop/scheduler",
        "JobsFailing flaky",
        "JobsStalled resize",
        "ScheduleMissed nightly",
      ];
      const reddened = new Set<string>();
      const wrong = [
        ...calm,
        "job: Failing runs",
        "overview: Failing runs",
        "overview: Queues",
        "overview: Stalls",
        "queue: Failing runs",
        "schedules: Failing runs",
        "slo: Budgets by queue",
        "slo: Burn rate, 1 hour",
        "slo: Error budget left",
      ];
      await vi.waitFor(async () => {
        for (const each of await firing(stack.prometheus)) seen.add(each);
        for (const each of red(await shown(stack.prometheus))) reddened.add(each);
        expect([...seen]).toEqual(expect.arrayContaining(wanted));
        expect([...reddened]).toEqual(expect.arrayContaining(wrong));
      }, waiting);
      expect(seen).toEqual(new Set(wanted));
      expect(reddened).toEqual(new Set(wrong));
    },
  );
});

/** Attributes of records that only bridged systems, or a person who asks, give. */
const elsewhere = new Set([
  "job.record.schema",
  "job.actor.type",
  "job.actor.id",
  "job.actor.name",
  "job.trigger.type",
  "job.run.warnings",
]);

/** Every attribute in LogQL and TraceQL stands on a record or a span that was really emitted. */
function emittedAsAsked({ records, spans }: Receiver): void {
  const onRecords = new Set(
    records().flatMap(({ record, resource }) => [
      ...Object.keys(record.attributes ?? {}),
      ...Object.keys(resource.attributes),
    ]),
  );
  const labels = new Set([...onRecords, ...elsewhere, "event.name"].map((name) => name.replaceAll(".", "_")));
  const onSpans = new Set(spans().flatMap(({ attributes }) => Object.keys(attributes)));
  for (const query of boards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries)),
  )) {
    if (query.language === "logql")
      for (const [, label = ""] of query.expr.matchAll(/(?:[{|,]|unwrap|by \()\s*([a-z]\w+)(?=\s*(?:=|!|>|\)|,|\[))/g))
        expect(labels, `${label} of ${query.expr}`).toContain(label);
    if (query.language === "traceql")
      for (const [, attribute = ""] of query.expr.matchAll(/span\.([a-z_.]+)/g)) expect(onSpans).toContain(attribute);
  }
}
