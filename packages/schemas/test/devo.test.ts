import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { expect, it } from "vitest";
import { devo } from "../src/index.ts";
import type { DevoJob, DevoRecord } from "../src/index.ts";
import { laws } from "./laws.ts";
import { sample, seen, sound } from "./reading.ts";

laws(devo);

const printed = ["printed-get", "printed-stop", "printed-start", "printed-remove"] as const;
const made = [
  "made-email",
  "made-s3",
  "made-redis",
  "made-launch",
  "made-job",
  "made-not-found",
  "made-invalid",
  "made-parts",
] as const;

const textOf = (name: string): string => sample(`devo/${name}`);

// No JSON: it has the comma that is one too many.
const printedList = readFileSync(join(import.meta.dirname, "samples/devo/printed-list.txt"), "utf8");

const parsed = (input: unknown): DevoRecord => sound(devo.parse(input));

const exact = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const writtenOf = (record: DevoRecord): unknown => devo.write(devo.read(record, seen));

const job: DevoJob = { status: "COMPLETED", id: "3f6002a9-69cb-4495-9745-d47216fc58bf", error: [] };

/** What an answer about a job tells. */
const told = (more: Partial<DevoJob>, envelope: object = {}): JobEvent => {
  const [event] = devo.read(parsed({ status: 0, ...envelope, object: { ...job, ...more } }), seen);
  if (event === undefined) throw new Error("A record tells nothing.");
  return event;
};

it.each(printed)("gives the sample %s back as it was", (name) => {
  expect(exact(writtenOf(parsed(textOf(name))))).toEqual([JSON.parse(textOf(name))]);
});

it.each(made)("gives the sample %s back as it was, but for its secrets", (name) => {
  const record = parsed(textOf(name));
  expect(JSON.stringify(devo.read(record, seen))).not.toContain("hunter2");
  expect(writtenOf(record)).toEqual([devo.redact(record)]);
});

it("hides the files, the keys and whatever it does not know of a destination, and nothing else", () => {
  expect(exact(writtenOf(parsed(textOf("made-s3"))))).toEqual([
    expect.objectContaining({ object: expect.objectContaining({ extra: { paths: "[secret]" } }) }),
  ]);
  expect(exact(writtenOf(parsed(textOf("made-redis"))))).toEqual([
    {
      object: expect.objectContaining({
        query: "from demo.ecommerce.data select *",
        extra: {
          redisKeyBase: "[secret]",
          keyFields: [{ name: "userid", type: "str" }],
          description: "visitors",
          expireIn: 3600,
          password: "[secret]",
        },
      }),
    },
  ]);
  expect(exact(writtenOf(parsed(textOf("made-launch"))))).toMatchObject([{ object: { redisKeyBase: "[secret]" } }]);
});

it.each([
  { object: { id: "1", extra: { paths: ["hunter2"], other: "hunter2" } } },
  { status: 1, extra: { paths: ["hunter2"], other: "hunter2" } },
])("hides what a destination tells also in %j, where it is not documented", (record) => {
  expect(JSON.stringify(writtenOf(parsed(record)))).toContain('"extra":{"paths":"[secret]","other":"[secret]"}');
});

it("keeps a count that no double holds", () => {
  expect(JSON.stringify(writtenOf(parsed(textOf("made-redis"))))).toContain('"eventGenerated":9007199254740993');
});

it("takes the printed list apart, and each of its jobs comes back with what the answer says besides", () => {
  const records = sound(devo.list(printedList, { lenient: true }));
  const mended = JSON.parse(printedList.replace(/,(?=\s*\]\s*\}\s*$)/, "")) as { object: object[] };
  const written = records.flatMap((record) => exact(writtenOf(parsed(record))) as { object: object }[]);
  expect({ ...written[0], object: written.map(({ object }) => object) }).toEqual(mended);
});

it("refuses the comma that the documentation prints, and says which it is", () => {
  expect(devo.list(printedList)).toMatchInlineSnapshot(`
    {
      "expected": "JSON text",
      "found": "a comma before the closing bracket at character 728, as in the list that Devo's documentation prints by mistake; lenient reading leaves it out",
      "path": "record",
      "refused": true,
    }
  `);
});

it("mends nothing but commas, and none in a text", () => {
  const text = '{"object":{"id":"a,]","status":"RUNNING","friendlyName":"\\",}",},}';
  expect(devo.parse(text, { lenient: true })).toEqual({
    object: { id: "a,]", status: "RUNNING", friendlyName: '",}' },
  });
  expect(devo.parse('{"id":1,,}', { lenient: true })).toMatchObject({ expected: "JSON text" });
  expect(devo.parse(`{"id":"${'\\"'.repeat(400_000)}`, { lenient: true })).toMatchObject({ expected: "JSON text" });
});

it("refuses an answer that lists several jobs, of which each is a record", () => {
  expect(devo.parse({ status: 0, object: [job] })).toMatchInlineSnapshot(`
    {
      "expected": "one record, not an answer that lists several",
      "found": "an object",
      "path": "record",
      "refused": true,
    }
  `);
  expect(devo.list({ status: 0, object: [] })).toEqual([]);
  expect(devo.list([job])).toEqual([job]);
  expect(devo.list(job)).toEqual([job]);
});

it("reads the printed job that has ended", () => {
  expect(devo.read(parsed(textOf("printed-get")), seen)).toMatchInlineSnapshot(`
    [
      {
        "attributes": {
          "job.counter.events_generated": 13572,
          "job.counter.events_sent": 13572,
          "job.id": "3f6002a9-69cb-4495-9745-d47216fc58bf",
          "job.record.form": "answer",
          "job.record.schema": "devo",
          "job.record.source": "import",
          "job.run.final": true,
          "job.run.result": "success",
          "job.state": "completed",
          "job.status.native": "COMPLETED",
          "job.system.name": "devo",
          "job.uid": "61025c4df81120f5e5835771cd511dfd",
          "log.record.uid": "d664fb461a1c23aa39fb218b7056b29b",
        },
        "name": "job.run.ended",
        "own": {
          "devo.cid": "Yh7lwm6VWq",
          "devo.code": 0,
          "devo.error": [],
          "devo.last_datetime": "2018-06-06T09:46:43.836Z",
          "devo.timestamp": "2018-06-26T10:46:44.752Z",
        },
        "seen": [
          1530010004,
          752000000,
        ],
      },
    ]
  `);
});

it.each([
  ["CREATED", "job.queued", "waiting"],
  ["RUNNING", "job.run.started", "active"],
  ["running", "job.run.started", "active"],
  ["RECONNECTING", "job.run.progress", "suspended"],
  ["PAUSED", "job.run.progress", "suspended"],
  ["COMPLETED", "job.run.ended", "completed"],
  ["STOPPED", "job.run.ended", "stopped"],
  ["REMOVED", "job.removed", "removed"],
] as const)("takes the status %s for %s", (status, name, state) => {
  const event = told({ status });
  expect(event.name).toBe(name);
  expect(event.attributes).toMatchObject({ "job.status.native": status, "job.state": state });
  expect(event.attributes["job.record.anomaly"]).toBeUndefined();
  expect(fold([event])).toMatchObject([{ state }]);
});

it("knows no time at which a job started or ended, only when it was seen", () => {
  const event = told({ lastDatetime: 1_528_278_403_836 }, { timestamp: 1_530_010_004_752 });
  expect(event.time).toBeUndefined();
  expect(event.seen).toEqual([1_530_010_004, 752_000_000]);
  expect(event.attributes["job.run.duration"]).toBeUndefined();
  expect(event.own).toMatchObject({ "devo.last_datetime": "2018-06-06T09:46:43.836Z" });
  expect(told({}).seen).toEqual(seen);
  expect(fold([event])[0]?.runs[0]).not.toHaveProperty("end");
});

it("knows no run by name: a job that was stopped and started again has two", () => {
  const at = (status: string, timestamp: number): JobEvent => told({ status }, { timestamp });
  const events = [
    at("CREATED", 1000),
    at("RUNNING", 2000),
    at("RUNNING", 3000),
    at("STOPPED", 4000),
    at("RUNNING", 90_000),
    at("PAUSED", 95_000),
    at("COMPLETED", 99_000),
  ];
  expect(events.every(({ attributes }) => attributes["job.run.uid"] === undefined)).toBe(true);
  const [known] = fold(events);
  expect(known?.state).toBe("completed");
  expect(known?.runs.map(({ result }) => result)).toEqual(["cancellation", "success"]);
});

it.each<[string, Partial<DevoJob>, object]>([
  ["without errors is a success", {}, { result: "success", final: true }],
  [
    "with errors that sent something is a success with warnings",
    { eventsSent: 1, error: ["one was refused"] },
    { result: "success", final: true, warnings: ["one was refused"] },
  ],
  [
    "with errors that sent e-mails is a success with warnings",
    { extra: { emailsSended: 2 }, error: ["one was refused"] },
    { result: "success", final: true, warnings: ["one was refused"] },
  ],
  [
    "with errors that sent nothing failed",
    { eventsSent: 0, error: ["no", "never"] },
    { state: "failed", result: "failure", final: true, error: { type: "_OTHER", message: "no; never" } },
  ],
])("a completed job %s", (_, more, expected) => {
  expect(outcomeOf(told({ status: "COMPLETED", ...more }))).toEqual({ state: "completed", ...expected });
});

it.each<[string, Partial<DevoJob>, object]>([
  ["by a person", { error: [] }, { result: "cancellation" }],
  ["by an error", { error: ["no"] }, { result: "failure", error: { type: "_OTHER", message: "no" } }],
  ["by nobody knows what", { error: null }, {}],
])("a job that was stopped %s may be started again", (_, more, expected) => {
  expect(outcomeOf(told({ status: "STOPPED", ...more }))).toEqual({ state: "stopped", ...expected });
});

function outcomeOf({ attributes, error }: JobEvent): object {
  const {
    "job.state": state,
    "job.run.result": result,
    "job.run.final": final,
    "job.run.warnings": warnings,
  } = attributes;
  return exact({ state, result, final, warnings, error }) as object;
}

it("keeps a status that no document lists, as it is and as nothing more", () => {
  const { name, attributes } = told({ status: "DREAMING" });
  expect(name).toBe("job.run.progress");
  expect(attributes["job.run.result"]).toBeUndefined();
  expect(attributes["job.record.anomaly"]).toBe(
    'status is "DREAMING"; the document lists CREATED, RUNNING, RECONNECTING, PAUSED, COMPLETED, STOPPED, REMOVED',
  );
});

it.each([
  [101, "", "TASK_STATUS_NOT_CHANGE"],
  [100, "gone", "TASK_NOT_FOUND: gone"],
  [205, "no bucket", "S3_DESTINATION: no bucket"],
  [214, "", "EMAIL_DESTINATION"],
  [999, "", "code 999"],
])("says of the code %s why the request was not done", (status, msg, reason) => {
  expect(told({}, { status, msg }).attributes["job.reason"]).toBe(reason);
});

it.each([
  ["made-not-found", { type: "TASK_NOT_FOUND", message: "Task not found" }],
  ["made-invalid", { type: "INVALID_REQUEST", message: "The signature is not valid" }],
  ["made-parts", { type: "TASK_REMOTE_MSG", message: "Remote: no answer" }],
])("makes no job of the answer %s, which tells of none", (name, error) => {
  const events = devo.read(parsed(textOf(name)), seen);
  expect(events).toMatchObject([{ name: "job.log.gap", error }]);
  expect(events[0]?.attributes["job.uid"]).toBeUndefined();
  expect(fold(events)).toEqual([]);
});

it("says who and whose", () => {
  expect(told({ owner: "o1", domain: "d1", friendlyName: "n1", type: "kafka" })).toMatchObject({
    attributes: { "job.actor.type": "user", "job.actor.id": "o1", "job.tenant.id": "d1", "job.name": "n1" },
    own: { "devo.type": "kafka" },
  });
});

it.each([
  [{}, "object"],
  [{ status: "RUNNING" }, "id"],
  [{ object: {} }, "object.id"],
  [{ object: { id: "1", status: 7 } }, "object.status"],
  [{ object: { id: "1", status: "RUNNING", error: "no" } }, "object.error"],
  [{ status: 1, object: ["1", {}] }, "object[1]"],
  [{ status: 1, object: 1 }, "object"],
  [{ timestamp: "now", object: job }, "timestamp"],
])("refuses %j by its path", (record, path) => {
  expect(devo.parse(record)).toMatchObject({ refused: true, path });
});

const run = (events: Partial<JobEvent>[]): readonly JobEvent[] =>
  events.map((event) => ({
    name: "job.queued",
    seen,
    ...event,
    attributes: {
      "job.system.name": "bullmq",
      "job.uid": "0123456789abcdef0123456789abcdef",
      "job.id": "7",
      "job.name": "mail",
      ...event.attributes,
    },
  }));

it("writes another system's job as Devo would answer for it, and says what it made up", () => {
  const events = run([
    { name: "job.run.started", time: [1_790_000_000, 0] },
    {
      name: "job.run.ended",
      time: [1_790_000_002, 500_000_000],
      attributes: { "job.run.result": "error", "job.run.final": true },
      error: { type: "worker_lost" },
    },
  ]);
  const written = devo.write(events, { tenant: "acme" });
  expect(written).toMatchInlineSnapshot(`
    [
      {
        "jobtrail": {
          "derived": [
            "status",
            "timestamp",
            "object.id",
            "object.status",
            "object.lastDatetime",
            "object.error",
            "object.domain",
          ],
          "run": {
            "final": true,
          },
          "system": "bullmq",
          "uid": "0123456789abcdef0123456789abcdef",
        },
        "object": {
          "domain": "acme",
          "error": [
            "worker_lost",
          ],
          "friendlyName": "mail",
          "id": "01234567-89ab-8def-8123-456789abcdef",
          "lastDatetime": 0,
          "status": "STOPPED",
        },
        "status": 0,
        "timestamp": 1790000002500,
      },
    ]
  `);
  const [back] = fold(devo.read(parsed((written as DevoRecord[])[0]), seen));
  expect(back).toMatchObject({
    uid: "0123456789abcdef0123456789abcdef",
    result: "failure",
    error: { type: "worker_lost" },
    attributes: { "job.system.name": "bullmq", "job.name": "mail" },
  });
});

it("gives back the warnings of another system's job, whatever it sent", () => {
  const events = run([
    {
      name: "job.run.ended",
      time: [1_790_000_002, 0],
      attributes: { "job.run.result": "success", "job.run.final": true, "job.run.warnings": ["w"] },
    },
  ]);
  const [record] = devo.write(events) as DevoRecord[];
  expect(outcomeOf(devo.read(parsed(record), seen).at(-1) as JobEvent)).toEqual({
    state: "completed",
    result: "success",
    final: true,
    warnings: ["w"],
  });
});
