import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { expect, it } from "vitest";
import { productLive } from "../src/index.ts";
import type { ProductLiveQueued } from "../src/index.ts";
import { laws } from "./laws.ts";
import { sample, seen, sound } from "./reading.ts";
import { told } from "./story.ts";

laws(productLive);

const eventsOf = (record: unknown): readonly JobEvent[] => productLive.read(sound(productLive.parse(record)), seen);

const mainOf = (record: unknown): JobEvent | undefined => eventsOf(record).at(-1);

const again = (record: unknown): unknown => productLive.write(eventsOf(record));

const queued = (details: Partial<ProductLiveQueued> & Record<string, unknown> = {}, type = "job.queued"): object => ({
  PlType: type,
  Details: { jobInstanceId: "67a0bf50d57ed1d3c254713c", ...details },
});

const ended = (status: string, details: object = {}): object => ({
  PlType: "job.end",
  Details: {
    jobInstanceId: "67a0bf50d57ed1d3c254713c",
    jobInstanceStatus: status,
    jobInstanceStartAt: "2025-02-03T09:55:26.0580000Z",
    jobInstanceEndAt: "2025-02-03T09:55:29.3010000Z",
    ...details,
  },
});

it("gives the printed examples back", () => {
  for (const name of ["product-live/printed-queue", "product-live/printed-end"])
    expect(again(sample(name))).toEqual([JSON.parse(sample(name))]);
});

it("tells of the printed end what ran, when, for whom, with every digit", () => {
  const events = eventsOf(sample("product-live/printed-end"));
  expect(events.map(({ name, time, seen: learned }) => ({ name, time, seen: learned }))).toEqual([
    { name: "job.run.started", time: [1_738_576_526, 58_000_000], seen },
    { name: "job.run.ended", time: [1_738_576_529, 301_000_000], seen: [1_717_517_553, 743_000_000] },
  ]);
  expect(events.at(-1)?.attributes).toMatchObject({
    "job.id": "67a0928eeda50fbacb06cac7",
    "job.name": "init-items-multilang-fournisseur",
    "job.definition.id": "675abb0fd17621b8c0460d09",
    "job.queue.name": "674f4b87761a6b19c9f0ee74",
    "job.tenant.id": "4201",
    "job.scope.type": "account",
    "job.scope.id": "4201",
    "job.actor.type": "user",
    "job.actor.id": "5",
    "job.run.started_at": "2025-02-03T09:55:26.0580000Z",
    "job.run.result": "success",
    "job.run.duration": 3.243,
  });
});

it("says nothing of when a job was queued: the envelope's time is that of ingestion", () => {
  const [event] = eventsOf(sample("product-live/printed-queue"));
  expect([event?.time, event?.seen, event?.attributes["job.trigger.type"]]).toEqual([
    undefined,
    [1_717_517_553, 743_000_000],
    "api",
  ]);
});

it("reads both spellings of a type, and gives back the one it has read", () => {
  for (const type of ["job.queue", "job.queued"]) expect(again(queued({}, type))).toEqual([queued({}, type)]);
  for (const type of ["job.end", "job.ended"])
    expect(again({ ...ended("COMPLETED"), PlType: type })).toEqual([{ ...ended("COMPLETED"), PlType: type }]);
});

it("makes one job of what each envelope tells of it", () => {
  const row = JSON.parse(sample("product-live/printed-end")) as Record<string, unknown>;
  const details = row["Details"] as Record<string, unknown>;
  const rest = {
    object: "audit_log",
    timeGenerated: "2024-06-04T16:12:33.743Z",
    type: "job.end",
    version: "2",
    details,
  };
  const csv = { ...row, Version: "2", Details: JSON.stringify(details) };
  const execution = {
    object: "job_execution",
    id: details["jobInstanceId"],
    jobId: details["jobId"],
    status: "COMPLETED",
    createdAt: "2025-02-03T09:55:25.000Z",
    startedAt: "2025-02-03T09:55:26.058Z",
    endedAt: "2025-02-03T09:55:29.301Z",
  };
  for (const record of [rest, csv, execution]) expect(again(record)).toEqual([record]);
  const [job, ...others] = fold([row, rest, csv, execution].flatMap(eventsOf));
  expect(others).toEqual([]);
  expect([job?.runs.length, job?.result, job?.runs[0]?.duration, job?.runs[0]?.attributes["job.run.wait"]]).toEqual([
    1,
    "success",
    3.243,
    1.058,
  ]);
});

it("keeps the layout of a cell that holds JSON, as long as what it says is not changed", () => {
  const cell = '{\n  "jobInstanceStatus" : "COMPLETED", "jobInstanceId":"67a0bf50d57ed1d3c254713c", "more": 1.50\n}';
  const events = eventsOf({ PlType: "job.end", Details: cell });
  expect(productLive.write(events)).toEqual([{ PlType: "job.end", Details: cell }]);
  const changed = events.map((event) => ({
    ...event,
    attributes: { ...event.attributes, "job.status.native": "FAILED" },
  }));
  expect(productLive.write(changed)).toEqual([
    {
      PlType: "job.end",
      Details: '{"jobInstanceId":"67a0bf50d57ed1d3c254713c","jobInstanceStatus":"FAILED","more":1.50}',
    },
  ]);
});

it.each([
  ["APP", "manual"],
  ["SETTINGS", "manual"],
  ["PERIODIC", "cron"],
  ["API", "api"],
  ["PUBLICATION", "event"],
  ["UNKOWN", "unknown"],
  ["UNKNOWN", "unknown"],
  ["MOON", "unknown"],
])("tells that a job asked for by %s was made by %s", (actionOrigin, trigger) => {
  expect(mainOf(queued({ actionOrigin }))?.attributes["job.trigger.type"]).toBe(trigger);
});

it("names the job by its title, a system job by its kind", () => {
  const system = { jobType: "SYSTEM", systemJobType: "refresh-items-system" };
  expect(mainOf(queued({ jobType: "USER", jobTitle: "export" }))?.attributes["job.name"]).toBe("export");
  expect(mainOf(queued(system))?.attributes["job.name"]).toBe("refresh-items-system");
  expect(again(queued(system))).toEqual([queued(system)]);
});

it("tells the rule that a job is run by, where one is in force", () => {
  const rules = [
    { isEnabled: false, cronExpression: "0 1 * * *" },
    { isEnabled: true, cronExpression: "0 9 * * 7" },
  ];
  expect(mainOf(queued({ jobPeriodicity: rules }))?.attributes).toMatchObject({
    "job.schedule.expression": "0 9 * * 7",
    "job.schedule.timezone": "UTC",
  });
  expect(again(queued({ jobPeriodicity: rules }))).toEqual([queued({ jobPeriodicity: rules })]);
});

it.each([
  ["COMPLETED", "job.run.ended", "completed", "success"],
  ["COMPLETED_WITH_ERRORS", "job.run.ended", "completed", "success"],
  ["TIMED_OUT", "job.run.ended", "failed", "timeout"],
  ["TIMEDOUT", "job.run.ended", "failed", "timeout"],
  ["FAILED", "job.run.ended", "failed", "error"],
  ["TERMINATED", "job.run.ended", "cancelled", "cancellation"],
  ["USER_ERROR", "job.run.ended", "failed", "failure"],
  ["UNKNOWN", "job.run.ended", undefined, undefined],
  ["REMOVED", "job.run.ended", "removed", undefined],
  ["LOST", "job.run.ended", undefined, undefined],
])("tells %s as %s, %s, %s", (status, name, state, result) => {
  const event = mainOf(ended(status));
  expect([event?.name, event?.attributes["job.state"], event?.attributes["job.run.result"]]).toEqual([
    name,
    state,
    result,
  ]);
  expect(again(ended(status))).toEqual([ended(status)]);
});

it("tells problems of a job that was done as warnings, and a failure's word as its type", () => {
  expect(mainOf(ended("COMPLETED_WITH_ERRORS"))?.attributes["job.run.warnings"]).toEqual(["COMPLETED_WITH_ERRORS"]);
  expect(mainOf(ended("USER_ERROR"))?.error).toEqual({ type: "USER_ERROR" });
});

it("tells the end of a job that never started without a run", () => {
  const record = (status: string): object => ended(status, { jobInstanceStartAt: null });
  expect(eventsOf(record("REMOVED")).map(({ name }) => name)).toEqual(["job.removed"]);
  expect(eventsOf(record("TERMINATED")).map(({ name }) => name)).toEqual(["job.ended"]);
  expect(fold(eventsOf(record("TERMINATED")))[0]).toMatchObject({ state: "cancelled", runs: [] });
});

it("gives no negative wait where an execution started before it was queued", () => {
  const event = mainOf({
    object: "job_execution",
    id: "e1",
    status: "RUNNING",
    createdAt: "2025-02-03T09:55:26.090Z",
    startedAt: "2025-02-03T09:55:26.000Z",
  });
  expect(event?.attributes).not.toHaveProperty(["job.run.wait"]);
  expect(event?.attributes["job.record.anomaly"]).toBe("it started before it was queued");
});

it("hides what an execution was given and gave, and keeps who asked for it", () => {
  const context = { jobAccountId: "1", userAccountId: "2", userId: "3", jobId: "4" };
  const execution = {
    object: "job_execution",
    id: "e1",
    status: "COMPLETED",
    input: { context, file: { url: "geheim" } },
  };
  expect(again({ ...execution, output: { url: "geheim" } })).toEqual([
    { ...execution, input: { context, file: "[secret]" }, output: "[secret]" },
  ]);
  expect(mainOf(execution)?.attributes).toMatchObject({
    "job.scope.id": "1",
    "job.tenant.id": "2",
    "job.actor.id": "3",
  });
});

it("takes lists apart, and tells what is audited besides jobs", () => {
  const item = { object: "audit_log", type: "item.create", details: {} };
  const records = sound(productLive.list({ object: "list", data: [item, queued()] }));
  expect(records.map((record) => productLive.isOther(record))).toEqual([true, false]);
  expect(productLive.parse(item)).toMatchInlineSnapshot(`
    {
      "expected": "one of job.queue, job.queued, job.end, job.ended",
      "found": ""item.create"",
      "path": "type",
      "refused": true,
    }
  `);
});

it("refuses with path, expected and found", () => {
  const refused = [
    ended("COMPLETED", { jobInstanceEndAt: "2025-02-30T00:00:00Z" }),
    { PlType: "job.end", Details: "{" },
    { PlType: "job.end", Details: '{"jobInstanceId":7}' },
    queued({ jobPeriodicity: "daily" as never }),
    {},
  ].map((input) => productLive.parse(input));
  expect(refused.map((each) => ("path" in each ? [each.path, each.expected, each.found] : []))).toMatchInlineSnapshot(`
    [
      [
        "Details.jobInstanceEndAt",
        "an ISO 8601 time with a zone",
        ""2025-02-30T00:00:00Z"",
      ],
      [
        "Details",
        "the JSON text of an object",
        "another text",
      ],
      [
        "Details.jobInstanceId",
        "a text",
        "7",
      ],
      [
        "Details.jobPeriodicity",
        "a list",
        ""daily"",
      ],
      [
        "PlType",
        "one of job.queue, job.queued, job.end, job.ended",
        "nothing",
      ],
    ]
  `);
});

it("writes a job of another system for the account that is set, and refuses it where none is known", () => {
  expect(productLive.write(told)).toMatchInlineSnapshot(`
    {
      "expected": "the account that the job is of, where its own events name no tenant",
      "found": "nothing",
      "path": "JOBTRAIL_ACCOUNT",
      "refused": true,
    }
  `);
  const records = sound(productLive.write(told, { account: "4201" }));
  const instance = "d37b7a36b7de2444d2c4241d";
  expect(records).toMatchObject([
    {
      PlType: "job.queued",
      Version: 2,
      Details: {
        accountId: "4201",
        userId: "ada",
        actionOrigin: "API",
        jobInstanceId: instance,
        jobTitle: "welcome",
        pipelineId: "email",
      },
      jobtrail: { system: "bullmq", uid: told[0]?.attributes["job.uid"] },
    },
    {
      PlType: "job.end",
      Details: {
        jobInstanceId: instance,
        jobInstanceStatus: "FAILED",
        jobInstanceStartAt: "2023-11-14T22:13:21.2500001Z",
        jobInstanceEndAt: "2023-11-14T22:13:23.2500001Z",
      },
      jobtrail: { run: { number: 1 } },
    },
    { PlType: "job.end", Details: { jobInstanceStatus: "COMPLETED" }, jobtrail: { run: { number: 2 } } },
  ]);
  const job = fold(records.flatMap((record) => eventsOf(JSON.stringify(record))))[0];
  expect([job?.uid, job?.attributes["job.system.name"], job?.attributes["job.name"]]).toEqual([
    told[0]?.attributes["job.uid"],
    "bullmq",
    "welcome",
  ]);
});
