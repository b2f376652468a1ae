import { attributes as registry } from "@jobtrail/conventions";
import type { JobAttributes, Scope } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";

/** Jobs, and the ends that had to be inferred for their runs. */
export interface Projection {
  readonly jobs: readonly Job[];
  readonly inferred: readonly JobEvent[];
}

/**
 * The jobs of some events, those of ends that nobody saw among them. It depends on the events alone and not on what
 * was inferred of fewer of them before.
 * @param seen when the ends are inferred.
 */
export function project(events: readonly JobEvent[], seen: HrTime): Projection {
  const jobs = fold(events);
  const inferred = jobs.flatMap((job) => inferredEnds(job, seen));
  return { jobs: inferred.length === 0 ? jobs : fold([...events, ...inferred]), inferred };
}

/**
 * A run is over when a later run of the same life has started. A run that no observer could name gets no end, for
 * its record could not say which run it means.
 */
const inferredEnds = (job: Job, seen: HrTime): JobEvent[] =>
  job.runs.flatMap((run, index) =>
    run.lost && run.ended === undefined && run.uid !== undefined ? endOf(job, index, run.uid, seen) : [],
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
        // Equal each time, so that it is one record, whoever infers it.
        "log.record.uid": `${uid}-lost`,
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
