import { expect, it } from "vitest";
import { tell, tellRun } from "../../test/story.ts";
import { fold } from "./fold.ts";
import type { JobEvent } from "../event/event.ts";

/** The lives of the runs of a job that is restarted between its first run and its second. */
const livesAround = (...first: readonly JobEvent[]): unknown =>
  fold([
    tellRun(1, "job.run.started", 1),
    ...first,
    tell("job.restarted", 10),
    tellRun(2, "job.run.started", 20),
  ])[0]?.runs.map(({ life }) => life);

it("opens no life while the one before may go on by itself", () => {
  expect(livesAround(tellRun(1, "job.run.ended", 2, { "job.run.result": "failure", "job.run.final": false }))).toEqual([
    1, 1,
  ]);
  expect(livesAround(tellRun(1, "job.run.ended", 2, { "job.run.result": "deferred" }))).toEqual([1, 1]);
  const failed = tellRun(1, "job.run.ended", 2, { "job.run.result": "failure" });
  expect(livesAround(failed, tellRun(1, "job.retry_scheduled", 2))).toEqual([1, 1]);
});

it("opens a life after an end that may not be the last, after the job's own end, and after its removal", () => {
  expect(livesAround(tellRun(1, "job.run.ended", 2))).toEqual([1, 2]);
  expect(livesAround(tell("job.ended", 3, { "job.run.result": "timeout" }))).toEqual([1, 2]);
  expect(livesAround(tell("job.removed", 3))).toEqual([1, 2]);
});

it("has the record of an end that is no run's, until a run starts after it or the job is restarted", () => {
  const endIn = (final: boolean, ...then: readonly JobEvent[]): JobEvent | undefined =>
    fold([tellRun(1, "job.run.ended", 2, { "job.run.result": "failure", "job.run.final": final }), ended, ...then])[0]
      ?.ended;
  const ended = tell("job.ended", 3, { "job.run.result": "cancellation" });
  expect(endIn(false)).toEqual(ended);
  expect(endIn(false, tellRun(2, "job.run.started", 4))).toBeUndefined();
  expect(endIn(false, tell("job.restarted", 4))).toBeUndefined();
  expect(endIn(true)).toBeUndefined();
});
