import { replay } from "@jobtrail/delivery/source";
import { fromMillis, jobUid, runUid } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { startTelemetry } from "@jobtrail/testing";
import type { HrTime } from "@opentelemetry/api";
import { expect, test } from "vitest";

const uid = jobUid({ system: "made", queue: "mail", id: "7" });
const after = (seconds: number): HrTime => fromMillis(1_800_000_000_000 + seconds * 1000);

/** What happened to a run of the job, so many seconds after the beginning. */
const happened = (
  run: number,
  name: "job.run.started" | "job.run.ended",
  seconds: number,
  more: JobEvent["attributes"] = {},
  error?: JobEvent["error"],
): JobEvent => ({
  name,
  time: after(seconds),
  seen: after(seconds),
  attributes: {
    "job.system.name": "made",
    "job.queue.name": "mail",
    "job.id": "7",
    "job.uid": uid,
    "job.run.uid": runUid(uid, run),
    "log.record.uid": `${run} ${name}`,
    ...more,
  },
  ...(error !== undefined && { error }),
});

test("whole runs are replayed as they were, and those that are not over are left alone", async () => {
  const events = [
    happened(1, "job.run.started", 1),
    happened(1, "job.run.ended", 4, { "job.run.result": "failure", "job.run.final": false }, { type: "E" }),
    happened(2, "job.run.ended", 9, { "job.run.result": "success", "job.run.final": true }),
    happened(3, "job.run.started", 20),
  ];
  await using telemetry = startTelemetry();
  replay(fold(events), createRecorder({ name: "@jobtrail/test", version: "1" }, {}, sdkSink(telemetry.providers)));
  expect(telemetry.spans().map(({ name, start, end, status }) => [name, start, end, status.code])).toEqual([
    ["process mail", after(1), after(4), "error"],
    ["process mail", after(9), after(9), "unset"],
  ]);
  expect(telemetry.spans()[1]?.links.map(({ attributes }) => attributes)).toEqual([
    { "job.link.type": "previous_run" },
  ]);
  expect(
    telemetry
      .events()
      .map(({ name, attributes }) => [name, attributes["job.run.result"], attributes["job.run.duration"]]),
  ).toEqual([
    ["job.run.started", undefined, undefined],
    ["job.run.ended", "failure", 3],
    ["job.run.started", undefined, undefined],
    ["job.run.ended", "success", undefined],
  ]);
});
