import type { JobAttributes } from "@jobtrail/conventions";
import type { Job, Run } from "@jobtrail/core/fold";
import { definitionIn } from "@jobtrail/core/recorder";
import type { How, Recorder } from "@jobtrail/core/recorder";

/** What is known of a run besides its events: the span that caused it, the ids of its own. */
export type Known = (job: Job, run: Run) => Pick<How, "from" | "identity">;

/** Hands whole runs that became known afterwards to a recorder, as if they happened now. A run without an end is not whole. */
export function replay(jobs: Iterable<Job>, to: Recorder, known: Known = () => ({})): void {
  for (const job of jobs)
    for (const of of job.runs) {
      const { attributes, started, ended, start, end } = of;
      if (ended === undefined) continue;
      const run = to.start(
        to.define(definitionIn(attributes)),
        {
          ...(started ?? { name: "job.run.started", seen: end ?? ended.seen, attributes: withoutOutcome(attributes) }),
          ...(start !== undefined && { time: start }),
        },
        known(job, of),
      );
      run.settled(end ?? ended.seen, ended.error);
      run.end(ended);
    }
}

function withoutOutcome(attributes: JobAttributes): JobAttributes {
  const { "job.run.result": _, "job.run.final": __, ...rest } = attributes;
  return rest;
}
