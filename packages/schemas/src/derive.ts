import type { JobState, RunResult } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { Job, Run } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { digitsOf } from "./json.ts";
import type { Digits } from "./json.ts";
import type { Mark, MarkedRun } from "./mark.ts";
import { isoOfSeconds } from "./moment.ts";

/** Marks a derived record with its job, the run that it describes, and the fields that were derived. */
export const marked = (
  job: Job,
  derived: readonly string[],
  run: Run | undefined = job.runs.at(-1),
): { readonly jobtrail: Mark } => ({
  jobtrail: {
    system: job.attributes["job.system.name"] ?? "unknown",
    uid: job.uid,
    ...given("run", run && runIn(run)),
    derived,
  },
});

const runIn = ({ uid, attributes }: Run): MarkedRun => ({
  ...given("uid", uid),
  ...given("number", attributes["job.run.number"]),
  ...given("final", attributes["job.run.final"]),
});

/**
 * Whether a run's end is the job's, whose id then stands for it. Its own record says so, whatever becomes of the job:
 * a run that is rendered as soon as it ends is the same later among others. Where it does not say, the last run's is.
 */
export function endsJob({ runs, ended }: Job, run: Run): boolean {
  const { "job.run.final": final } = run.attributes;
  const state = run.ended?.attributes["job.state"];
  return final ?? (run === runs.at(-1) && ended === undefined && (state === undefined || over.has(state)));
}

/** States of jobs that are over, unless someone starts them again. */
export const over: ReadonlySet<JobState> = new Set(["completed", "failed", "cancelled", "removed", "stopped"]);

/** When something ended: where that has no time, when it was learned of. */
export const endedAt = ({ time, seen }: JobEvent): HrTime => time ?? seen;

/**
 * How a job or a run stands, for a schema to find its word for it. What is over stands by its result: whatever happens
 * to the job later takes nothing away from it. `unknown` is an end whose outcome nobody reported.
 */
export type Standing = JobState | "unknown";

const standings: Readonly<Record<RunResult, Standing>> = {
  success: "completed",
  failure: "failed",
  error: "failed",
  timeout: "failed",
  cancellation: "cancelled",
  skip: "cancelled",
  deferred: "waiting",
};

/** How a job stands. */
export function standingOf({ state, result, error, ended, runs }: Job): Standing {
  if (!over.has(state)) return state;
  const last = runs.at(-1);
  const end = ended ?? last?.ended;
  // What an earlier run came to says nothing of a job that was removed while it waited or worked again.
  if (state === "removed" && (end === undefined || (ended === undefined && last?.result === "deferred"))) return state;
  return atEnd({ result, error, named: state === "removed" ? state : end?.attributes["job.state"] });
}

/** How one of a job's runs stands. */
export function runStandingOf(job: Job, run: Run): Standing {
  const { result, error, ended, lost } = run;
  // Nobody saw it end, and it is over.
  if (lost === true && result === undefined) return "failed";
  if (ended !== undefined) return atEnd({ result, error, named: ended.attributes["job.state"] });
  return run === job.runs.at(-1) ? standingOf(job) : "unknown";
}

interface End {
  readonly result: RunResult | undefined;
  readonly error: JobError | undefined;
  /** The state that the record of the end names. */
  readonly named: JobState | undefined;
}

/** An error without a result counts as a failure. */
function atEnd({ result, error, named }: End): Standing {
  const standing = result === undefined ? undefined : standings[result];
  if (standing !== undefined) return named === "stopped" && standing !== "completed" ? named : standing;
  if (error !== undefined) return "failed";
  return named !== undefined && over.has(named) ? named : "unknown";
}

/** A member of a record, left out where there is no value. */
export const given = <K extends string, V>(key: K, value: V | undefined): Partial<Readonly<Record<K, V>>> =>
  value === undefined ? {} : ({ [key]: value } as Readonly<Record<K, V>>);

/** A UUID made of 32 hex digits, of the version that is kept for makers of their own (RFC 9562, version 8). */
export function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ];
  return parts.join("-");
}

/** Whether a text is a UUID of any version. */
export const isUuid = (text: string): boolean => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

/** Milliseconds since 1970, with every digit that the time has. */
export function millisOf([seconds, nanos]: HrTime): Digits {
  const whole = seconds * 1000 + Math.floor(nanos / 1e6);
  const fraction = String(nanos % 1e6)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return digitsOf(fraction === "" ? String(whole) : `${whole}.${fraction}`);
}

/** ISO 8601 in UTC with so many digits after the second; digits beyond them are not rounded but left out. */
export function isoOf([seconds, nanos]: HrTime, digits: number): string {
  const fraction = String(nanos).padStart(9, "0").slice(0, digits);
  return `${isoOfSeconds(seconds)}.${fraction}Z`;
}
