import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { qlik } from "../src/index.ts";
import type { Json, QlikEvent, QlikRecord, QlikRun } from "../src/index.ts";
import { laws } from "./laws.ts";

laws(qlik);

const seen: HrTime = [1_790_000_000, 0];
const samples = ["printed", "made-event", "made-hybrid", "made-legacy", "made-audit"] as const;

const textOf = (name: (typeof samples)[number]): string =>
  readFileSync(join(import.meta.dirname, `samples/qlik/${name}.json`), "utf8");

function parsed(input: unknown): QlikRecord {
  const record = qlik.parse(input);
  if (isRefusal(record)) throw new Error(`${record.path} is ${record.found}; expected ${record.expected}`);
  return record;
}

const sample = (name: (typeof samples)[number]): QlikRecord => parsed(textOf(name));

const envelope = {
  id: "e1",
  source: "com.qlik/automations",
  type: "com.qlik.v1.automation.run.ended",
  specversion: "1.0.2",
  tenantid: "t1",
} as const;

const eventsOf = (data: QlikRun, more: Partial<QlikEvent> = {}): readonly JobEvent[] =>
  qlik.read(parsed({ ...envelope, ...more, data }), seen);

/** The event that stands for the record. */
const mainOf = (data: QlikRun, more: Partial<QlikEvent> = {}): JobEvent => {
  const main = eventsOf(data, more).at(-1);
  if (main === undefined) throw new Error("A record tells nothing.");
  return main;
};

it.each(samples)("gives the sample %s back as it was, but for its secrets", (name) => {
  const record = sample(name);
  expect(JSON.parse(JSON.stringify(qlik.write(qlik.read(record, seen))))).toEqual([
    JSON.parse(textOf(name).replaceAll(/"params": \[\s*\{[^}]*\}\s*\]/g, '"params": "[secret]"')),
  ]);
  expect(JSON.stringify(qlik.read(record, seen))).not.toContain("hunter2");
});

it("reads the printed event", () => {
  const events = qlik.read(sample("printed"), seen);
  expect(events.map(({ name }) => name)).toEqual([
    "job.queued",
    "job.run.started",
    "job.run.progress",
    "job.run.ended",
  ]);
  expect(events.at(-1)).toMatchInlineSnapshot(`
    {
      "attributes": {
        "job.actor.id": "00000000-0000-0000-0000-000000000000",
        "job.actor.type": "user",
        "job.counter.api_calls": 42,
        "job.counter.received_bytes": 0,
        "job.counter.sent_bytes": 0,
        "job.created_at": "2021-12-23T12:28:21.000000Z",
        "job.definition.id": "00000000-0000-0000-0000-000000000000",
        "job.id": "d452d100-9b0b-11ec-b199-8323e1031c3e",
        "job.name": "string",
        "job.record.form": "event",
        "job.record.schema": "qlik",
        "job.record.source": "import",
        "job.run.duration": 0,
        "job.run.ended_at": "2021-12-23T12:28:21.000000Z",
        "job.run.final": true,
        "job.run.number": 1,
        "job.run.result": "error",
        "job.run.started_at": "2021-12-23T12:28:21.000000Z",
        "job.run.uid": "884d99bd2e92eab9595b04c56e88d6de-1",
        "job.run.wait": 0,
        "job.schedule.lateness": 0,
        "job.schedule.nominal_time": "2021-12-23T12:28:21.000000Z",
        "job.state": "failed",
        "job.status.native": "exceeded limit",
        "job.system.name": "qlik",
        "job.tenant.id": "00000000-0000-0000-0000-000000000000",
        "job.test": true,
        "job.trigger.type": "manual",
        "job.uid": "884d99bd2e92eab9595b04c56e88d6de",
        "log.record.uid": "fdb8185db13dfb606bf8a39d2cdc9b9d",
      },
      "error": {
        "type": "limit_exceeded",
      },
      "name": "job.run.ended",
      "own": {
        "qlik.billable": false,
        "qlik.blocks": "[{"type":"endpointBlock","params":[],"rxBytes":18329921,"txBytes":18329921,"apiCalls":40,"duration":1000,"blockName":"SleepBlock","snippetId":"c35f4b70-3ce4-4a30-b62b-2aef16943bc4","endpointId":"c35f4b70-3ce4-4a30-b62b-2aef16943bc4","connectorId":"c35f4b70-3ce4-4a30-b62b-2aef16943bc4"}]",
        "qlik.context": "test_run",
        "qlik.event.content_type": "application/json",
        "qlik.event.id": "A234-1234-1234",
        "qlik.event.source": "com.qlik/automations",
        "qlik.event.specversion": "1.0.2",
        "qlik.event.time": "2018-10-30T07:06:22Z",
        "qlik.event.type": "com.qlik.v1.automation.run.ended",
        "qlik.is_archived": true,
        "qlik.is_test_run": true,
        "qlik.metrics.blocks": "[{"type":"endpointBlock","rxBytes":18329921,"txBytes":18329921,"apiCalls":40,"snippetId":"c35f4b70-3ce4-4a30-b62b-2aef16943bc4","endpointId":"c35f4b70-3ce4-4a30-b62b-2aef16943bc4","connectorId":"c35f4b70-3ce4-4a30-b62b-2aef16943bc4"}]",
        "qlik.metrics.network": "{"rxBytes":0,"txBytes":0}",
        "qlik.metrics.total_api_calls": 0,
        "qlik.updated_at": "2021-12-23T12:28:21.000000Z",
        "qlik.user_id": "00000000-0000-0000-0000-000000000000",
      },
      "seen": [
        1790000000,
        0,
      ],
      "time": [
        1640262501,
        0,
      ],
    }
  `);
});

it("tells of each block as a step", () => {
  const steps = qlik.read(sample("made-event"), seen).filter(({ name }) => name === "job.run.progress");
  expect(steps.map(({ time, attributes, own }) => ({ time, step: attributes["job.step.name"], own }))).toEqual([
    {
      time: [1_790_744_412, 400_117_000],
      step: "VariableBlock",
      own: {
        "qlik.block.type": "baseBlock",
        "qlik.block.duration": 3,
        "qlik.block.received_bytes": 0,
        "qlik.block.sent_bytes": 0,
      },
    },
    {
      time: [1_790_744_412, 400_117_000],
      step: "endpointBlock",
      own: {
        "qlik.block.type": "endpointBlock",
        "qlik.block.duration": 11_020,
        "qlik.block.received_bytes": 48_211,
        "qlik.block.sent_bytes": 1802,
        "qlik.block.api_calls": 3,
        "qlik.block.endpoint_id": "0a9d7b8e-11c4-4d0b-b0a2-6f5e4d3c2b1a",
        "qlik.block.connector_id": "7b6a5c4d-22d5-4e1c-8f3b-9a8b7c6d5e4f",
      },
    },
  ]);
});

it("tells of the blocks of the metrics where no others are there, and of the first hundred", () => {
  const blocks = Array.from({ length: 150 }, () => ({ type: "endpointBlock", rxBytes: 1 }));
  const steps = eventsOf({ metrics: { blocks } }).filter(({ name }) => name === "job.run.progress");
  expect(steps).toHaveLength(100);
  expect(steps.at(-1)?.attributes["job.step.number"]).toBe(100);
  expect(new Set(steps.map(({ attributes }) => attributes["log.record.uid"])).size).toBe(100);
});

it.each([
  ["finished", "completed", "success", undefined],
  ["finished with warnings", "completed", "success", undefined],
  ["failed", "failed", "failure", "_OTHER"],
  ["exceeded limit", "failed", "error", "limit_exceeded"],
  ["stopped", "cancelled", "cancellation", undefined],
] as const)("takes the status %s for the end of a job that is %s", (status, state, result, type) => {
  const main = mainOf({ id: "r1", status });
  expect(main.name).toBe("job.run.ended");
  expect(main.attributes).toMatchObject({
    "job.status.native": status,
    "job.state": state,
    "job.run.result": result,
    "job.run.final": true,
  });
  expect(main.attributes["job.run.warnings"]).toEqual(status === "finished with warnings" ? [status] : undefined);
  expect(main.error?.type).toBe(type);
  expect(main.attributes["job.record.anomaly"]).toBeUndefined();
});

it.each(["not started", "queued", "starting", "running", "must stop"])(
  "takes a run of the status %s, which is no end, as ended, because the event says so, and knows no outcome",
  (status) => {
    const main = mainOf({ id: "r1", status, startTime: "2026-09-30T05:00:00.000000Z" });
    expect(main).toMatchObject({ name: "job.run.ended", attributes: { "job.status.native": status } });
    const { "job.state": state, "job.run.result": result, "job.run.final": final } = main.attributes;
    expect([state, result, final]).toEqual([undefined, undefined, undefined]);
    expect(main.attributes["job.record.anomaly"]).toBe(
      `status is "${status}", which is no end, though the record says that the job has ended`,
    );
  },
);

it("keeps a status that no document lists, as it is and as nothing more", () => {
  const main = mainOf({ status: "paused" });
  expect(main.name).toBe("job.run.ended");
  expect(main.attributes["job.run.result"]).toBeUndefined();
  expect(main.attributes["job.record.anomaly"]).toContain('status is "paused"; the document lists not started, queued');
});

it("knows that a run without a status has ended, and not how", () => {
  const [job] = fold(eventsOf({ id: "r1" }, { time: "2026-09-30T05:00:00Z" }));
  expect(job?.runs).toMatchObject([{ end: [1_790_744_400, 0], attributes: { "job.run.final": true } }]);
  expect(job?.result).toBeUndefined();
});

it.each([
  ["test_run", "manual"],
  ["editor", "manual"],
  ["detail", "manual"],
  ["interactive", "manual"],
  ["api", "api"],
  ["api_sync", "api"],
  ["api_async", "api"],
  ["webhook", "event"],
  ["lookup", "unknown"],
  ["by_moonlight", "unknown"],
] as const)("takes the context %s for the trigger %s", (context, trigger) => {
  const { attributes } = mainOf({ context, status: "finished" });
  expect(attributes["job.trigger.type"]).toBe(trigger);
  expect(attributes["job.test"]).toBe(context === "test_run" ? true : undefined);
  expect(attributes["job.record.anomaly"] !== undefined).toBe(context === "by_moonlight");
});

it("knows a run of a schedule by its nominal time, and how late it was", () => {
  const { attributes } = mainOf({
    scheduledStartTime: "2026-09-30T05:00:00.000000Z",
    startTime: "2026-09-30T05:00:00.500000Z",
  });
  expect(attributes).toMatchObject({
    "job.trigger.type": "cron",
    "job.schedule.nominal_time": "2026-09-30T05:00:00.000000Z",
    "job.schedule.lateness": 0.5,
  });
});

it("takes the newer spelling of a field first, and says where the two disagree", () => {
  expect(mainOf({ testRun: false, context: "test_run" }).attributes["job.test"]).toBe(false);
  expect(mainOf({ isTestRun: true }).attributes["job.test"]).toBe(true);
  const { attributes } = mainOf({
    status: "finished",
    testRun: false,
    isTestRun: true,
    archived: true,
    isArchived: false,
  });
  expect(attributes["job.test"]).toBe(false);
  expect(attributes["job.record.anomaly"]).toBe("testRun and isTestRun disagree; archived and isArchived disagree");
});

it("finds the same run in every envelope", () => {
  const uids = samples.slice(1).map((name) => qlik.read(sample(name), seen).at(-1)?.attributes["job.uid"]);
  expect(new Set(uids).size).toBe(1);
});

it.each(samples.slice(1))("names tenant, automation, user and times of the sample %s alike", (name) => {
  const main = qlik.read(sample(name), seen).at(-1);
  expect(main?.attributes).toMatchObject({
    "job.tenant.id": "Wq3xk8YtJf0aLrB1nZc5uVdE7hPs2MgK",
    "job.definition.id": "2b9e6f10-8c4d-11f0-9d7e-5a1c3e0b2f46",
    "job.actor.type": "user",
    "job.actor.id": "63e0a4f1c2b7d95e8a41f0c7",
    "job.created_at": "2026-09-30T04:59:58.120344Z",
    "job.run.started_at": "2026-09-30T05:00:00.913002Z",
    "job.run.ended_at": "2026-09-30T05:00:12.400117Z",
    "job.run.duration": 11.487115,
    "job.test": false,
    "job.record.form": name.slice("made-".length),
  });
});

it("reads the runs of others as theirs", () => {
  const systemOf = (more: Partial<QlikEvent>): unknown => mainOf({}, more).attributes["job.system.name"];
  expect(systemOf({})).toBe("qlik");
  expect(systemOf({ type: "com.qlik.automation.run.ended" })).toBe("qlik");
  expect(systemOf({ type: "jobtrail.run.ended", source: "jobtrail/pg-boss" })).toBe("pg-boss");
  expect(systemOf({ type: "acme.run.ended", source: "somewhere" })).toBe("acme");
  expect(systemOf({ type: "acme jobs.run.ended" })).toBe("unknown");
});

it("refuses events of other types by their type", () => {
  expect(qlik.parse({ ...envelope, type: "com.qlik.v1.app.created", data: {} })).toMatchInlineSnapshot(`
    {
      "expected": "a type that ends in .run.ended",
      "found": ""com.qlik.v1.app.created"",
      "path": "type",
      "refused": true,
    }
  `);
});

it("knows events of other types, which tell of no run", () => {
  const other = { ...envelope, type: "com.qlik.v1.app.created" };
  const older = { id: "1", eventType: "com.qlik.user-session.begin", eventTime: "2026-09-30T05:00:00Z" };
  expect([other, older].map((record) => qlik.isOther(record))).toEqual([true, true]);
  expect(samples.map((name) => qlik.isOther(JSON.parse(textOf(name)) as Json))).toEqual(samples.map(() => false));
  expect([{}, { type: "csv" }, [], "text", null].map((record) => qlik.isOther(record))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

it("finds the items of an answer of the audits interface", () => {
  const item = JSON.parse(textOf("made-audit")) as object;
  expect(qlik.list({ data: [item, item], links: {} })).toHaveLength(2);
  expect(qlik.list(`[${textOf("made-audit")}]`)).toHaveLength(1);
  expect(qlik.list(textOf("made-audit"))).toHaveLength(1);
});

it("keeps the bytes of a run secret also where an event has lost its type, and looks like an item of the audits", () => {
  const { type: _, specversion: __, ...rest } = envelope;
  const item = parsed({
    ...rest,
    eventType: "com.qlik.v1.automation.run.ended",
    eventTime: "",
    data_base64: "hunter2",
  });
  expect(qlik.redact(item)).toMatchObject({ data_base64: "[secret]" });
  expect(JSON.stringify(qlik.read(item, seen))).not.toContain("hunter2");
});
