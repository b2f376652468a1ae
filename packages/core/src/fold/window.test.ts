import { expect, it } from "vitest";
import { after, tell } from "../../test/story.ts";
import type { JobEvent } from "../event/event.ts";
import { fold } from "./fold.ts";

const seenAtWork = (seconds: number): JobEvent =>
  tell("job.run.progress", seconds, { source: "poll", "job.state": "suspended" });

it("makes one run of a job that was only ever seen at work", () => {
  const [job] = fold([seenAtWork(0), seenAtWork(60)]);
  expect([job?.state, job?.runs.length]).toEqual(["suspended", 1]);
});

it("leaves it to the source that saw a run begin how many there were", () => {
  const start = tell("job.run.started", 10, { source: "import" });
  const [job] = fold([seenAtWork(0), start, seenAtWork(60)]);
  expect(job?.runs.map((run) => run.start)).toEqual([after(10)]);
});
