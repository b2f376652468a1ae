import type { HrTime } from "@opentelemetry/api";
import type { JobAttributes, JobState, RunResult } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "../event/event.ts";
import { fromIso, isTime, later } from "../event/time.ts";
import { outcomeAttributes, outlineOf } from "./ending.ts";
import type { RunOutline } from "./ending.ts";
import { byJob } from "./group.ts";
import { lifeAt, restartTimes } from "./life.ts";
import { best, isInferred, merged } from "./merge.ts";
import { ordered, timeOf } from "./order.ts";
import { outcomeOf, presentLife, stateOf } from "./state.ts";
import type { Life } from "./state.ts";
import { byRun } from "./window.ts";

/** One start of a job's work, as all its records together describe it. */
export interface Run {
  /** `job.run.uid`; absent where no observer could name the run. */
  readonly uid?: string;
  /** Which life of the job the run belongs to, from 1; `job.restarted` opens another. */
  readonly life: number;
  /** When it began; absent where no source says. */
  readonly start?: HrTime;
  /** When it ended, never before its start; absent while it is open, and where its end has no time. */
  readonly end?: HrTime;
  /**
   * Nobody saw the run end, and it is over: a later run of the same life has started, or its end
   * was inferred. A real end undoes this.
   */
  readonly lost?: true;
  readonly result?: RunResult;
  /** In seconds; as the record of the end says, else only from two real times; never negative. */
  readonly duration?: number;
  /** Definition, job and run attributes, each from the best source; the outcome whole from one record. */
  readonly attributes: JobAttributes;
  readonly error?: JobError;
  /** The best source's record of the start and of the end. A run without an end is open or lost. */
  readonly started?: JobEvent;
  readonly ended?: JobEvent;
}

/** A job, as all its records together describe it. */
export interface Job {
  /** `job.uid`; where no record has one, what it is for a system that never uses an id again. */
  readonly uid: string;
  readonly state: JobState;
  /** The result of the last run of the present life that ended, or of `job.ended`; absent where nothing certain is known. */
  readonly result?: RunResult;
  readonly error?: JobError;
  /** When the job was queued, by its best source. */
  readonly queued?: HrTime;
  /** When anything was last heard of it. */
  readonly last: HrTime;
  /** Definition and job attributes, each from the best source; what a run counted stands on the run. */
  readonly attributes: JobAttributes;
  /** The record of an end that is no run's: the job never ran in its present life, or ended after its last run had. */
  readonly ended?: JobEvent;
  /** In the order of their start. */
  readonly runs: readonly Run[];
}

/**
 * The jobs that a set of events is about, in the order in which they were first heard of. Pure,
 * over the whole set: the order of the events, their repetition and which observer came first make
 * no difference. Events of schedules and of the log itself make no job.
 */
export function fold(events: Iterable<JobEvent>): readonly Job[] {
  return [...byJob(ordered(events))].map(([uid, own]) => jobOf(uid, own));
}

function jobOf(uid: string, events: readonly JobEvent[]): Job {
  const known: JobAttributes = { ...merged(events, ["definition", "job"]), "job.uid": uid };
  const outlines = byRun(events).map(outlineOf);
  const restarts = restartTimes(events, outlines);
  const life = presentLife(events, outlines, restarts.at(-1));
  const queued = queuedAt(events, known);
  const ended = ownEnd(life);
  return {
    uid,
    state: stateOf(life),
    ...outcomeOf(life),
    ...(queued !== undefined && { queued }),
    last: events.map(timeOf).reduce(later),
    attributes: known,
    ...(ended !== undefined && { ended }),
    runs: outlines.map((run, i) =>
      runOf(run, known, lifeAt(restarts, run.begin), lifeAt(restarts, outlines[i + 1]?.begin)),
    ),
  };
}

const ownEnd = ({ runs, ended }: Life): JobEvent | undefined =>
  runs.at(-1)?.ending.ended?.attributes["job.run.final"] === true ? undefined : ended;

/** @param next the life of the run after it, if there is one. */
function runOf({ uid, events, start, ending }: RunOutline, known: JobAttributes, life: number, next: number): Run {
  const { ended } = ending;
  const started = best(events, "job.run.started");
  const isLost = ended === undefined ? next === life : isInferred(ended);
  return {
    ...(uid !== undefined && { uid }),
    life,
    ...(start !== undefined && { start }),
    ...ending,
    ...(isLost && { lost: true }),
    attributes: { ...known, ...merged(events, ["run"]), ...outcomeAttributes(ended) },
    ...(started !== undefined && { started }),
  };
}

function queuedAt(events: readonly JobEvent[], known: JobAttributes): HrTime | undefined {
  const queued = best(events, "job.queued");
  return timeIn(queued?.attributes["job.created_at"] ?? known["job.created_at"]) ?? queued?.time;
}

/** The time of an ISO text; none for what is no time, such as the year 0001 that some systems write for "never". */
function timeIn(text: string | undefined): HrTime | undefined {
  const time = text === undefined ? undefined : fromIso(text);
  return time !== undefined && isTime(time) ? time : undefined;
}
