import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { assertConventional } from "./convention.ts";
import { startTelemetry } from "./telemetry.ts";

const system = { "job.system.name": "pg-boss" };

test("names each breach of the registry once", async () => {
  await using telemetry = startTelemetry();
  const { logger, tracer, meter } = telemetry.providers();
  const emit = (eventName: string, attributes: Attributes): void =>
    logger.getLogger("@jobtrail/test").emit({ eventName, body: "A job.", attributes: { ...system, ...attributes } });
  for (const _ of [1, 2]) emit("job.exploded", {});
  emit("job.queued", { "job.ID": "7", "job.delay": "long", "job.state": "gone", "job.item.name": "x", "bullmq.x": 1 });
  const span = tracer.getTracer("@jobtrail/test").startSpan("process", { attributes: { ...system, "job.delay": 1 } });
  span.end();
  meter.getMeter("@jobtrail/test").createCounter("job.run.active", { unit: "ms" }).add(1, { "job.id": "7" });
  meter.getMeter("@jobtrail/test").createGauge("job.run.weight").record(1);
  await expect(assertConventional(telemetry)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [Error: Against the registry:
    event job.exploded: no such event
    event job.queued: job.ID is no attribute of the registry
    event job.queued: job.delay is "long"; expected double
    event job.queued: job.state is "gone"; expected one of scheduled, waiting, blocked, active, suspended, retrying, stalled, stopped, completed, failed, cancelled, removed
    event job.queued: job.item.name may not stand here
    event job.queued: bullmq.x is no attribute of the registry
    span process (internal): no such span
    span process: job.delay may not stand here
    metric job.run.active: its unit is ms; expected {run}
    metric job.run.active: it may only rise; expected updowncounter
    metric job.run.active: job.id is none of its attributes
    metric job.run.active: job.id may not stand here
    metric job.run.weight: no such metric]
  `);
});

test("a system's own names, families, and what others emit are let be", async () => {
  await using telemetry = startTelemetry();
  const { logger, tracer } = telemetry.providers();
  const attributes = { ...system, "pgboss.singleton": true, "job.counter.emails": 3 };
  logger.getLogger("@jobtrail/test").emit({ eventName: "job.run.ended", body: "A job.", attributes });
  logger.getLogger("app").emit({ body: "hello", attributes: { anything: 1 } });
  tracer.getTracer("pg-boss").startSpan("anything").end();
  expect([telemetry.records().length, telemetry.spans().length]).toEqual([2, 1]);
  await expect(assertConventional(telemetry)).resolves.toBeUndefined();
});
