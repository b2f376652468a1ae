import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { expect, it } from "vitest";
import { betterContentArchiving as bca, devo } from "../src/index.ts";
import type { BcaExecution } from "../src/index.ts";
import { seen, sound } from "./reading.ts";

const parsed = (input: unknown): BcaExecution => sound(bca.parse(input));

const uid = "0123456789abcdef0123456789abcdef";

const told = (name: JobEvent["name"], seconds: number, run: number, more: Partial<JobEvent> = {}): JobEvent => ({
  name,
  time: [1_790_000_000 + seconds, 0],
  seen,
  ...more,
  attributes: {
    "job.system.name": "bullmq",
    "job.uid": uid,
    "job.id": "7",
    "job.queue.name": "mail",
    "job.run.uid": `${uid}-${run}`,
    "job.run.number": run,
    ...more.attributes,
  },
});

const retried: readonly JobEvent[] = [
  told("job.run.started", 0, 1),
  told("job.run.ended", 2, 1, { attributes: { "job.run.result": "timeout", "job.run.final": false } }),
  told("job.run.started", 10, 2),
  told("job.run.ended", 12, 2, {
    attributes: { "job.run.result": "success", "job.run.final": true, "job.counter.emails_sent": 3 },
  }),
];

it("writes each run of another system's job as an execution, as a retry is one there", () => {
  expect(bca.write(retried, { service: "shop" })).toMatchInlineSnapshot(`
    [
      {
        "Duration": "2 s",
        "Ended": "2026-09-21T14:13:22.000Z",
        "Executed by": "shop",
        "Job": "mail",
        "Job execution ID": "0123456789abcdef0123456789abcdef-1",
        "Log command": "jobtrail convert --job 0123456789abcdef0123456789abcdef",
        "Space": "(multiple)",
        "Started": "2026-09-21T14:13:20.000Z",
        "Status": "Failed",
        "jobtrail": {
          "derived": [
            "Job execution ID",
            "Job",
            "Space",
            "Executed by",
            "Status",
            "Duration",
            "Log command",
          ],
          "run": {
            "final": false,
            "number": 1,
            "uid": "0123456789abcdef0123456789abcdef-1",
          },
          "system": "bullmq",
          "uid": "0123456789abcdef0123456789abcdef",
        },
      },
      {
        "Duration": "2 s",
        "Emails sent": 3,
        "Ended": "2026-09-21T14:13:32.000Z",
        "Executed by": "shop",
        "Job": "mail",
        "Job execution ID": "0123456789abcdef0123456789abcdef-2",
        "Log command": "jobtrail convert --job 0123456789abcdef0123456789abcdef",
        "Space": "(multiple)",
        "Started": "2026-09-21T14:13:30.000Z",
        "Status": "Successful",
        "jobtrail": {
          "derived": [
            "Job execution ID",
            "Job",
            "Space",
            "Executed by",
            "Status",
            "Duration",
            "Log command",
          ],
          "run": {
            "final": true,
            "number": 2,
            "uid": "0123456789abcdef0123456789abcdef-2",
          },
          "system": "bullmq",
          "uid": "0123456789abcdef0123456789abcdef",
        },
      },
    ]
  `);
});

it("reads back whose runs they were", () => {
  const records = bca.write(retried) as readonly BcaExecution[];
  const [job, ...others] = fold(records.flatMap((record) => bca.read(parsed(JSON.stringify(record)), seen)));
  expect(others).toEqual([]);
  expect(job).toMatchObject({ uid, state: "completed", attributes: { "job.system.name": "bullmq" } });
  expect(job?.runs.map((run) => [run.uid, run.start, run.end, run.result])).toEqual([
    [`${uid}-1`, [1_790_000_000, 0], [1_790_000_002, 0], "failure"],
    [`${uid}-2`, [1_790_000_010, 0], [1_790_000_012, 0], "success"],
  ]);
});

it.each([
  ["success", "Successful"],
  ["failure", "Failed"],
  ["error", "Failed"],
  ["timeout", "Failed"],
  ["cancellation", "Cancelled"],
  ["skip", "Cancelled"],
] as const)("writes the result %s as %s", (result, status) => {
  const ended = told("job.run.ended", 1, 1, { attributes: { "job.run.result": result, "job.run.final": true } });
  expect(bca.write([told("job.run.started", 0, 1), ended])).toMatchObject([{ Status: status }]);
});

it.each<[string, JobEvent[], string]>([
  ["is at work", [told("job.run.started", 0, 1)], "Running"],
  ["waits", [told("job.queued", 0, 1)], "Waiting"],
  ["was removed while it waited", [told("job.queued", 0, 1), told("job.removed", 1, 1)], "Removed"],
  [
    "put itself back",
    [told("job.run.started", 0, 1), told("job.run.ended", 1, 1, { attributes: { "job.run.result": "deferred" } })],
    "Waiting",
  ],
  ["was lost, and runs again", [told("job.run.started", 0, 1), told("job.run.started", 100, 2)], "Failed,Running"],
])("writes a job that %s", (_, events, statuses) => {
  const records = bca.write(events) as readonly BcaExecution[];
  expect(records.map(({ Status }) => Status).join(",")).toBe(statuses);
  const [job] = fold(records.flatMap((record) => bca.read(parsed(record), seen)));
  expect(job?.uid).toBe(uid);
});

it.each([
  [{ "job.actor.id": "u1", "job.actor.name": "Ada" }, "Ada"],
  [{ "job.actor.id": "u1", "job.trigger.type": "cron" }, "u1"],
  [{ "job.trigger.type": "cron" }, "Scheduled execution"],
  [{ "job.trigger.type": "interval" }, "Scheduled execution"],
  [{}, "shop"],
] as const)("says of %j that it was executed by %s", (attributes, name) => {
  expect(bca.write([told("job.run.started", 0, 1, { attributes })], { service: "shop" })).toMatchObject([
    { "Executed by": name },
  ]);
});

it("leaves nothing blank where nobody and no service is known", () => {
  expect(bca.write([told("job.run.started", 0, 1)])).toMatchObject([{ "Executed by": "bullmq", Space: "(multiple)" }]);
});

it("keeps an id that is one everywhere, and writes a Devo job", () => {
  const object = { status: "COMPLETED", id: "3f6002a9-69cb-4495-9745-d47216fc58bf", error: [], eventsSent: 3 };
  const record = sound(devo.parse({ status: 0, timestamp: 1_790_000_000_000, object }));
  expect(bca.write(devo.read(record, seen))).toMatchInlineSnapshot(`
    [
      {
        "Executed by": "devo",
        "Job": "devo",
        "Job execution ID": "3f6002a9-69cb-4495-9745-d47216fc58bf",
        "Log command": "jobtrail convert --job 61025c4df81120f5e5835771cd511dfd",
        "Space": "(multiple)",
        "Status": "Successful",
        "jobtrail": {
          "derived": [
            "Job",
            "Space",
            "Executed by",
            "Status",
            "Duration",
            "Log command",
          ],
          "run": {
            "final": true,
            "uid": "61025c4df81120f5e5835771cd511dfd-1",
          },
          "system": "devo",
          "uid": "61025c4df81120f5e5835771cd511dfd",
        },
      },
    ]
  `);
});
