import { expect, it } from "vitest";
import { after, tell, tellRun } from "../../test/story.ts";
import type { JobEvent } from "../event/event.ts";
import { fold } from "./fold.ts";
import type { Job } from "./fold.ts";

const success = { "job.run.result": "success", "job.run.final": true } as const;

function jobOf(...story: readonly JobEvent[]): Job {
  const [job] = fold(story);
  if (job === undefined) throw new Error("The story is about no job.");
  return job;
}

it("takes the time of the record for the time of queueing where the stored one is no time, such as Go's zero time", () => {
  for (const created of ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "never"])
    expect(jobOf(tell("job.queued", 60, { "job.created_at": created })).queued).toEqual(after(60));
});

it("keeps the outcome of a job that is removed after it succeeded", () => {
  const job = jobOf(
    tell("job.queued", 0),
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 2, success),
    tell("job.removed", 3, { "job.state": "removed" }),
  );
  expect([job.state, job.result, job.runs[0]?.end]).toEqual(["removed", "success", after(2)]);
});

it("keeps the outcome of a run that was known to be the last, also when the job's own end differs", () => {
  const job = jobOf(
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 2, success),
    tell("job.ended", 9, { "job.run.result": "cancellation" }),
  );
  expect([job.state, job.result, job.ended]).toEqual(["completed", "success", undefined]);
});

it("does not call a job retrying again that succeeded before a late retry is reported", () => {
  const job = jobOf(
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 2, success),
    tell("job.retry_scheduled", 3, { source: "stream" }),
  );
  expect([job.state, job.result]).toEqual(["completed", "success"]);
});
