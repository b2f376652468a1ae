import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { expect, it } from "vitest";
import { harperdb } from "../src/index.ts";
import { laws } from "./laws.ts";
import { sample, seen, sound } from "./reading.ts";
import { told } from "./story.ts";

laws(harperdb);

const eventsOf = (record: unknown): readonly JobEvent[] => harperdb.read(sound(harperdb.parse(record)), seen);

const mainOf = (record: unknown): JobEvent | undefined => eventsOf(record).at(-1);

const job = { id: "j1", status: "COMPLETE", created_datetime: 1000, start_datetime: 2000, end_datetime: 5000 };

it("gives the printed example back", () => {
  expect(harperdb.write(eventsOf(sample("harperdb/printed")))).toEqual([JSON.parse(sample("harperdb/printed"))]);
});

it("tells of the printed example that it was queued, started and ended", () => {
  const [run] = fold(eventsOf(sample("harperdb/printed")));
  expect(run).toMatchObject({
    state: "completed",
    result: "success",
    queued: [1_607_031_575, 760_000_000],
    attributes: {
      "job.system.name": "harperdb",
      "job.name": "csv_data_load",
      "job.actor.id": "HDB_ADMIN",
      "job.actor.type": "user",
    },
    runs: [
      {
        start: [1_607_031_575, 775_000_000],
        end: [1_607_031_577, 379_000_000],
        duration: 1.604,
        attributes: {
          "job.run.wait": 0.015,
          "job.counter.records_loaded": 350,
          "job.counter.records_total": 350,
          "job.run.final": true,
        },
      },
    ],
  });
});

it("keeps every digit of a time below the millisecond", () => {
  const text = '{"id":"j1","status":"COMPLETE","end_datetime":1607031577379.1250,"__updatedtime__":1607031577379.4375}';
  expect(mainOf(text)).toMatchObject({
    time: [1_607_031_577, 379_125_000],
    attributes: { "job.run.ended_at": "2020-12-03T21:39:37.3791250Z" },
    own: { "harperdb.updated_time": "2020-12-03T21:39:37.3794375Z" },
  });
  expect(JSON.stringify(harperdb.write(eventsOf(text)))).toContain('"end_datetime":1607031577379.1250,');
});

it("tells a load of fewer records than there were as success with a warning", () => {
  const record = { ...job, message: "successfully loaded 1 of 3 records" };
  expect(mainOf(record)?.attributes).toMatchObject({
    "job.run.result": "success",
    "job.run.warnings": ["loaded 1 of 3 records"],
    "job.counter.records_loaded": 1,
    "job.counter.records_total": 3,
  });
  expect(mainOf({ ...job, message: "successfully loaded 3 of 3 records" })?.attributes).not.toHaveProperty([
    "job.run.warnings",
  ]);
});

it("tells an error with its text, without what looks like a secret", () => {
  expect(mainOf({ ...job, status: "ERROR", message: "no answer from https://me:geheim@host/" })).toMatchObject({
    name: "job.run.ended",
    attributes: { "job.run.result": "failure", "job.state": "failed" },
    error: { type: "_OTHER", message: "no answer from https://me:[secret]@host/" },
  });
});

it("takes the start of a job that has not run yet for what it is: the time of creation", () => {
  const record = { ...job, status: "CREATED", end_datetime: null, start_datetime: 1000 };
  expect(eventsOf(record).map(({ name, time }) => [name, time])).toEqual([["job.queued", [1, 0]]]);
});

it("tells a job that runs, in whichever of its answers", () => {
  const asked = { id: "j1", status: "IN_PROGRESS", created_datetime: 1000, start_datetime: 2000 };
  const names = ["job.queued", "job.run.started"];
  expect(eventsOf(asked).map(({ name }) => name)).toEqual(names);
  expect(eventsOf({ ...asked, end_datetime: null, message: null }).map(({ name }) => name)).toEqual(names);
});

it("keeps a word that no document lists, and takes the job as ended only where it has an end", () => {
  const event = mainOf({ ...job, status: "PAUSED" });
  expect([event?.name, event?.attributes["job.status.native"], event?.attributes["job.run.result"]]).toEqual([
    "job.run.ended",
    "PAUSED",
    undefined,
  ]);
  expect(mainOf({ ...job, status: "PAUSED", end_datetime: null })?.name).toBe("job.run.progress");
  expect(event?.attributes["job.record.anomaly"]).toMatchInlineSnapshot(
    `"status is "PAUSED"; the document lists CREATED, IN_PROGRESS, COMPLETE, ERROR"`,
  );
});

it("gives no negative durations, and says why", () => {
  const { attributes } = mainOf({ ...job, start_datetime: 6000 }) ?? {};
  expect(attributes).not.toHaveProperty(["job.run.duration"]);
  expect(attributes?.["job.record.anomaly"]).toBe("it ended before it started");
});

it("reads what an operation answers that started a job, of newer and older versions", () => {
  const id = "3e35bd54-9a63-4e6d-8f5a-6a2b9c1d0e4f";
  const uids = [{ message: "Restarting http_workers", job_id: id }, { message: `Starting job with id ${id}` }].map(
    (answer) => mainOf(answer)?.attributes["job.uid"],
  );
  expect(uids).toEqual(Array(2).fill(mainOf({ ...job, id })?.attributes["job.uid"]));
  expect(harperdb.parse({ message: "Restarting http_workers" })).toMatchInlineSnapshot(`
    {
      "expected": "a text that names a job's id, which is a UUID",
      "found": ""Restarting http_workers"",
      "path": "message",
      "refused": true,
    }
  `);
});

it("takes an answer that lists jobs apart", () => {
  expect(harperdb.list(JSON.stringify([job, { ...job, id: "j2" }]))).toEqual([job, { ...job, id: "j2" }]);
  expect(harperdb.list([])).toEqual([]);
});

it("never repeats a secret, also where a record is refused", () => {
  const secrets = { job_body: { password: "geheim" }, request: "geheim" };
  expect(harperdb.write(eventsOf({ ...job, ...secrets }))).toEqual([
    { ...job, job_body: "[secret]", request: "[secret]" },
  ]);
  expect(JSON.stringify([harperdb.parse({ ...secrets, id: 7 }), harperdb.parse('{"request":"geheim"')])).not.toContain(
    "geheim",
  );
});

it("refuses with path, expected and found", () => {
  const refused = [{ ...job, start_datetime: "soon" }, { id: "j1" }, [], "{", 7].map((input) => harperdb.parse(input));
  expect(refused.map((each) => ("path" in each ? [each.path, each.expected, each.found] : []))).toMatchInlineSnapshot(`
    [
      [
        "start_datetime",
        "milliseconds since 1970",
        ""soon"",
      ],
      [
        "status",
        "a text",
        "nothing",
      ],
      [
        "record",
        "one record, not an answer that lists several",
        "an array",
      ],
      [
        "record",
        "JSON text",
        "a text that is no JSON from character 1 on",
      ],
      [
        "record",
        "a JSON object",
        "a number",
      ],
    ]
  `);
});

it("writes a job of another system, and marks what was derived", () => {
  const [record, ...more] = sound(harperdb.write(told));
  expect(more).toEqual([]);
  expect(record).toMatchInlineSnapshot(`
    {
      "created_datetime": {
        "rawJSON": "1700000000250.000123",
      },
      "end_datetime": {
        "rawJSON": "1700000014250.000123",
      },
      "id": "d37b7a36-b7de-8444-92c4-241d3daddaa1",
      "jobtrail": {
        "derived": [
          "id",
          "status",
        ],
        "run": {
          "final": true,
          "number": 2,
          "uid": "d37b7a36b7de2444d2c4241d3daddaa1-2",
        },
        "system": "bullmq",
        "uid": "d37b7a36b7de2444d2c4241d3daddaa1",
      },
      "start_datetime": {
        "rawJSON": "1700000010250.000123",
      },
      "status": "COMPLETE",
      "type": "welcome",
      "user": "ada",
    }
  `);
  expect(mainOf(record)?.attributes).toMatchObject({
    "job.system.name": "bullmq",
    "job.uid": told[0]?.attributes["job.uid"],
  });
});
