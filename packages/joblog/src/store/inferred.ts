import { attributes as registry } from "@jobtrail/conventions";
import type { JobAttributes, Scope } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";

/** The uid of the end that is inferred for a run: equal each time, so that it is one record. */
const endUidOf = (run: string): string => `${run}-lost`;

/** Whether a record is an end that the job log itself inferred. */
export const isOurs = ({ attributes }: JobEvent): boolean =>
  attributes["job.record.source"] === "inferred" &&
  attributes["job.run.uid"] !== undefined &&
  attributes["log.record.uid"] === endUidOf(attributes["job.run.uid"]);

/**
 * The ends that nobody saw, of jobs that were folded without inferred ends: a run is over when a
 * later run of the same life has started. A run that no observer could name gets none, for its end
 * could not say which run it means.
 */
export const inferredEnds = (jobs: readonly Job[], seen: HrTime): JobEvent[] =>
  jobs.flatMap((job) =>
    job.runs.flatMap((run, index) =>
      run.lost && run.ended === undefined && run.uid !== undefined ? endOf(job, index, run.uid, seen) : [],
    ),
  );

function endOf(job: Job, index: number, uid: string, seen: HrTime): JobEvent[] {
  const run = job.runs[index];
  const next = job.runs[index + 1];
  const time = next?.start ?? next?.end;
  if (run === undefined || time === undefined) return [];
  return [
    {
      name: "job.run.ended",
      time,
      seen,
      attributes: {
        ...lasting(job.attributes),
        ...lasting(run.attributes),
        "job.run.uid": uid,
        "job.run.result": "error",
        "job.run.final": false,
        "job.record.source": "inferred",
        "log.record.uid": endUidOf(uid),
      },
      error: { type: "worker_lost", message: "The worker was gone before the run ended; a later run has started." },
      ...(run.started?.span !== undefined && { span: run.started.span }),
    },
  ];
}

/** What holds for the whole run: not what one event said, nor what a record is. */
const lasting = (attributes: JobAttributes): JobAttributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([key]) => scopes.has(registry[key]?.scope) && key !== "job.run.duration"),
  );

const scopes: ReadonlySet<Scope | undefined> = new Set<Scope | undefined>(["definition", "job", "run"]);
