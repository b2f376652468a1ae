import type { JobEvent } from "@jobtrail/core/event";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { betterContentArchiving as bca } from "../src/index.ts";
import type { BcaExecution, Reading } from "../src/index.ts";
import { seen, sound } from "./reading.ts";

const base: BcaExecution = { "Job execution ID": "e1", Status: "Successful" };

const parsed = (input: unknown, how?: Reading): BcaExecution => sound(bca.parse(input, how));

/** The event that stands for a record. */
const mainOf = (record: object, how?: Reading): JobEvent =>
  bca.read(parsed({ ...base, ...record }, how), seen).at(-1) as JobEvent;

const anomalyOf = (record: object, how?: Reading): string | undefined =>
  mainOf(record, how).attributes["job.record.anomaly"];

it("guesses no time, and says what it lacks", () => {
  const Started = "11/12/2026 3:04 PM";
  const us = { dateFormat: "M/d/yyyy h:mm a" };
  expect(anomalyOf({ Started })).toBe("Started is no ISO 8601 time, and no date format is stated");
  expect(anomalyOf({ Started }, us)).toBe("Started names no zone, and none is stated");
  expect(anomalyOf({ Started }, { ...us, timeZone: "Mars/Base" })).toBe("the stated time zone is not known");
  expect(anomalyOf({ Started }, { dateFormat: "M/d/yy h:mm a", timeZone: "UTC" })).toContain("one certain time");
  expect(anomalyOf({ Started: "yesterday" }, { ...us, timeZone: "UTC" })).toBe(
    "Started is not of the stated date format",
  );
  for (const how of [{}, us, { ...us, timeZone: "Mars/Base" }])
    expect(bca.read(parsed({ ...base, Started }, how), seen).map(({ name }) => name)).toEqual(["job.run.ended"]);
});

it.each([
  ["M/d/yyyy h:mm a", "UTC", "11/12/2026 12:04 AM", "2026-11-12T00:04:00Z"],
  ["M/d/yyyy, h:mm:ss a", "UTC", "11/12/2026, 12:04:05\u202Fp.m.", "2026-11-12T12:04:05Z"],
  ["d/M/yyyy HH:mm", "America/New_York", "11/12/2026 15:04", "2026-12-11T20:04:00Z"],
  ["EEEE, d. MMMM yyyy HH:mm", "Asia/Kolkata", "Thursday, 12. November 2026 00:04", "2026-11-11T18:34:00Z"],
  ["EEE MMM d yyyy 'at' HH:mm:ss", "+02:00", "Thu Nov. 12 2026 at 01:02:03", "2026-11-11T23:02:03Z"],
  ["yyyy-MM-dd HH:mm:ss.SSSSSS", "-0330", "2026-11-12 01:02:03.000456", "2026-11-12T04:32:03.000456Z"],
  ["yyyy-MM-dd'T'HH:mm:ssZ", "", "2026-11-12T01:02:03+0530", "2026-11-11T19:32:03Z"],
  ["yyyy-MM-dd HH:mm XXX", "", "2026-11-12 01:02 Z", "2026-11-12T01:02:00Z"],
])("reads a time of the format %s in the zone %s", (dateFormat, timeZone, Started, iso) => {
  const { attributes } = mainOf({ Started, "Date format": dateFormat, "Time zone": timeZone });
  expect(attributes["job.run.started_at"]).toBe(iso);
  expect(attributes["job.record.anomaly"]).toBeUndefined();
});

it("reads what stands beside marks that nobody sees", () => {
  const record = {
    Status: "\u200ESuccessful\u200F",
    Started: "\u200E11/12/2026, 1:04:05\u202FPM\u200E",
    Ended: "\u2066\u200E2026-11-12T13:05:05Z\u2069",
    Duration: "\u200E1 minute",
    "Emails sent": "\u200E1,204",
    "Date format": "M/d/yyyy, h:mm:ss a",
    "Time zone": "UTC",
  };
  const { attributes } = mainOf(record);
  expect(attributes).toMatchObject({
    "job.run.started_at": "2026-11-12T13:04:05Z",
    "job.run.ended_at": "2026-11-12T13:05:05Z",
    "job.run.result": "success",
    "job.counter.emails_sent": 1204,
  });
  expect(attributes["job.record.anomaly"]).toBeUndefined();
  expect(bca.write(bca.read(parsed({ ...base, ...record }), seen))).toEqual([{ ...base, ...record }]);
});

it.each(["yyyy-MM-dd", "yy-MM-dd HH:mm", "yyyy-dd HH:mm", "yyyy-MM-dd hh:mm", "yyyy-MM-dd HH:mm 'o", "QQQ", "", "'"])(
  "takes the date format %j for none that says one certain time",
  (dateFormat) => {
    expect(anomalyOf({ Started: "x", "Date format": dateFormat, "Time zone": "UTC" })).toContain("date format");
  },
);

it("knows the days that there are, and the hours that clocks leave out and have twice", () => {
  const how = { dateFormat: "yyyy-MM-dd HH:mm", timeZone: "Europe/Budapest" };
  expect(anomalyOf({ Started: "2026-02-30 10:00" }, how)).toBe("Started is not of the stated date format");
  expect(anomalyOf({ Started: "2026-03-29 02:30" }, how)).toContain("was left out");
  expect(anomalyOf({ Started: "2026-10-25 02:30" }, how)).toContain("came twice");
  expect(mainOf({ Started: "2026-10-25 03:00" }, how).attributes["job.run.started_at"]).toBe("2026-10-25T02:00:00Z");
  expect(mainOf({ Started: "2026-03-29 03:00" }, how).attributes["job.run.started_at"]).toBe("2026-03-29T01:00:00Z");
});

it("reads what Intl writes of any time in any zone", () => {
  const zones = fc.constantFrom("Europe/London", "Pacific/Apia", "America/St_Johns", "Australia/Lord_Howe", "UTC");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), zones, (seconds, timeZone) => {
      const Started = new Intl.DateTimeFormat("en-US", {
        timeZone,
        dateStyle: "long",
        timeStyle: "medium",
      }).format(seconds * 1000);
      const main = mainOf({ Started, Status: "Running" }, { dateFormat: "MMMM d, yyyy 'at' h:mm:ss a", timeZone });
      const anomaly = main.attributes["job.record.anomaly"];
      if (anomaly === undefined) expect(main.time).toEqual([seconds, 0]);
      else expect(anomaly).toContain("came twice");
    }),
    { numRuns: process.env["CI"] === "true" ? 5000 : 300 },
  );
});

it("takes what the record says of its times before what its reader was told", () => {
  const record = parsed(
    { ...base, Started: "1.2.2026 10:00", "Time zone": "UTC" },
    { dateFormat: "d.M.yyyy HH:mm", timeZone: "Asia/Tokyo" },
  );
  expect(record).toMatchObject({ "Date format": "d.M.yyyy HH:mm", "Time zone": "UTC" });
  expect(parsed({ ...base, Started: "2026-01-01T00:00:00Z" }, { dateFormat: "d", timeZone: "UTC" })).toEqual({
    ...base,
    Started: "2026-01-01T00:00:00Z",
  });
});

it.each([
  ["2 minutes 5 seconds", 125],
  ["2 min, 5 sec", 125],
  ["1 hour and 3 minutes", 3780],
  ["1h 3m 2.5s", 3782.5],
  ["350 ms", 0.35],
  ["0:02:05", 125],
  ["PT2M5S", 125],
  ["P1DT1S", 86_401],
  [125, 125],
  ["2:05", undefined],
  ["soon", undefined],
  ["5 s 2 min", undefined],
  ["1 month", undefined],
  ["5", undefined],
  ["P", undefined],
  [-1, undefined],
])("reads the duration %j", (Duration, seconds) => {
  const { attributes, own } = mainOf({ Duration });
  expect(attributes["job.run.duration"]).toBe(seconds);
  expect(own?.["bettercontentarchiving.duration"]).toBe(Duration);
});

it("checks the duration by the times", () => {
  const times = { Started: "2026-11-21T10:00:00Z", Ended: "2026-11-21T10:02:05Z" };
  expect(anomalyOf({ ...times, Duration: "2 minutes 5 seconds" })).toBeUndefined();
  expect(anomalyOf({ ...times, Duration: "2 minutes" })).toBe("Duration is 120 s, and from Started to Ended are 125 s");
  expect(mainOf({ ...times, Duration: "2 minutes" }).attributes["job.run.duration"]).toBe(125);
  expect(anomalyOf({ Started: times.Ended, Ended: times.Started })).toBe("it ended before it started");
});
