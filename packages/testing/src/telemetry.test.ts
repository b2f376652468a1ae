import { now } from "@jobtrail/core/event";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import { expect, test } from "vitest";
import { assertConventional } from "./convention.ts";
import { startTelemetry } from "./telemetry.ts";

const scope = { name: "@jobtrail/test", version: "1.2.3" };
const constants = { "job.system.name": "bullmq", "job.queue.name": "email", "job.name": "welcome" } as const;

/** Queues a job and runs it until it throws. */
function failing(recorder: Recorder): void {
  const definition = recorder.define(constants);
  const job = { "job.id": "7", "job.uid": "u7" };
  const enqueue = recorder.enqueue(definition, "add");
  enqueue.emit({ name: "job.queued", seen: now(), attributes: job });
  enqueue.end();
  const started = { ...job, "job.run.uid": "u7-1", "job.run.number": 1 };
  const run = recorder.start(
    definition,
    { name: "job.run.started", time: now(), seen: now(), attributes: started },
    { from: enqueue.carrier },
  );
  const error = { type: "RangeError", message: "no" };
  run.end({
    name: "job.run.ended",
    seen: now(),
    error,
    attributes: { "job.run.result": "failure", "job.run.final": true },
  });
}

test("catches what an instrumentation of this process emits, in the shapes of the receiver", async () => {
  await using telemetry = startTelemetry();
  failing(createRecorder(scope, {}, sdkSink(telemetry.providers)));
  expect(telemetry.events().map(({ name, error }) => [name, error?.type])).toEqual([
    ["job.queued", undefined],
    ["job.run.started", undefined],
    ["job.run.ended", "RangeError"],
  ]);
  const [producer, run] = telemetry.spans();
  expect(producer).toMatchObject({ name: "add email", kind: "producer", scope, status: { code: "unset" } });
  expect(run).toMatchObject({
    name: "process email",
    kind: "consumer",
    status: { code: "error", message: "no" },
    links: [{ spanId: producer?.spanId, traceId: producer?.traceId, attributes: { "job.link.type": "producer" } }],
  });
  expect(run).not.toHaveProperty("parentSpanId");
  const points = await telemetry.points();
  expect(points.find(({ name }) => name === "job.run.duration")).toMatchObject({
    type: "histogram",
    unit: "s",
    count: 1,
  });
  expect(points.find(({ name }) => name === "job.run.active")).toMatchObject({
    type: "sum",
    monotonic: false,
    value: 0,
  });
  await assertConventional(telemetry);
});

test("two of them do not see each other's, and each can forget", async () => {
  await using one = startTelemetry();
  await using other = startTelemetry();
  failing(createRecorder(scope, {}, sdkSink(one.providers)));
  expect([one.records().length, other.records().length]).toEqual([3, 0]);
  one.reset();
  expect([one.records(), one.spans()]).toEqual([[], []]);
});
