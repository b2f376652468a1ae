import type { JobAttributes } from "@jobtrail/conventions";
import type { Job } from "@jobtrail/core/fold";
import { definitionIn } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";

/** Hands whole runs that became known afterwards to a recorder, as if they happened now. A run without an end is not whole. */
export function replay(jobs: Iterable<Job>, to: Recorder): void {
  for (const job of jobs)
    for (const { attributes, started, ended, start, end } of job.runs) {
      if (ended === undefined) continue;
      const run = to.start(to.define(definitionIn(attributes)), {
        ...(started ?? { name: "job.run.started", seen: end ?? ended.seen, attributes: withoutOutcome(attributes) }),
        ...(start !== undefined && { time: start }),
      });
      run.settled(end ?? ended.seen, ended.error);
      run.end(ended);
    }
}

function withoutOutcome(attributes: JobAttributes): JobAttributes {
  const { "job.run.result": _, "job.run.final": __, ...rest } = attributes;
  return rest;
}
