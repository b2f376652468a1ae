import { runUid, toIso } from "@jobtrail/core/event";
import type { Job, Run } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { endsJob, given, isUuid, marked, runStandingOf, standingOf } from "../derive.ts";
import type { Standing } from "../derive.ts";
import type { Identity } from "../schema.ts";
import type { BcaExecution } from "./record.ts";
import { metrics, scheduled, wholeSite } from "./word.ts";

/** The log has no word for a job that has not begun, nor for an end without a result: Jobtrail has its own words for both. */
const words: Readonly<Record<Standing, string>> = {
  scheduled: "Waiting",
  waiting: "Waiting",
  blocked: "Waiting",
  retrying: "Waiting",
  active: "Running",
  suspended: "Running",
  stalled: "Running",
  completed: "Successful",
  failed: "Failed",
  cancelled: "Cancelled",
  stopped: "Stopped",
  removed: "Removed",
  unknown: "Unknown",
};

/**
 * Another system's job as the log has it: each run is an execution of its own, as a retry is there. A run that
 * only put its job back is none, and a job that ended without a run is one.
 */
export function derived(unnamed: Job, identity: Identity): readonly BcaExecution[] {
  const job = named(unnamed);
  const runs = job.runs.filter(({ result }) => result !== "deferred");
  const executions = runs.length === 0 || job.ended !== undefined ? [...runs, undefined] : runs;
  return executions.map((run) => executionOf(job, run, identity));
}

const named = (job: Job): Job => ({
  ...job,
  runs: job.runs.map((run, i): Run => ({ ...run, uid: run.uid ?? runUid(job.uid, i + 1) })),
});

function executionOf(job: Job, run: Run | undefined, identity: Identity): BcaExecution {
  const { "job.id": id = "", "job.name": name, "job.scope.name": scope, "job.actor.name": actor } = job.attributes;
  const isEnd = run === undefined || endsJob(job, run);
  const isOwnId = isEnd && isUuid(id);
  const known = { ...given("Job", name), ...given("Space", scope), ...given("Executed by", actor) };
  const labels = ["Job", "Space", "Executed by"].filter((label) => !Object.hasOwn(known, label));
  const derivedLabels = [...(isOwnId ? [] : ["Job execution ID"]), ...labels, "Status", "Duration", "Log command"];
  return {
    "Job execution ID": isOwnId ? id : (run?.uid ?? job.uid),
    ...madeUp(job, identity),
    ...known,
    Status: statusOf(job, run),
    ...(run === undefined ? timesOf({ end: job.ended?.time }) : { ...timesOf(run), ...countsOf(run) }),
    "Log command": `jobtrail convert --job ${job.uid}`,
    ...marked(run === undefined ? { ...job, runs: [] } : job, derivedLabels, run),
  };
}

/** A run that was stopped by an error failed, and one that someone stopped was cancelled. */
function statusOf(job: Job, run: Run | undefined): string {
  const standing = run === undefined ? standingOf(job) : runStandingOf(job, run);
  const result = run === undefined ? job.result : run.result;
  if (standing !== "stopped" || result === undefined) return words[standing];
  return words[result === "cancellation" || result === "skip" ? "cancelled" : "failed"];
}

/**
 * What stands where no name is known, an id if there is one. Who executed a job without an actor is its schedule, else
 * the service: that is never blank.
 */
function madeUp({ attributes }: Job, { service }: Identity): Pick<BcaExecution, "Job" | "Space" | "Executed by"> {
  const { "job.system.name": system = "unknown", "job.queue.name": queue, "job.trigger.type": trigger } = attributes;
  const schedule = trigger === "cron" || trigger === "interval" ? scheduled : undefined;
  return {
    Job: queue ?? system,
    Space: attributes["job.scope.id"] ?? wholeSite,
    "Executed by": attributes["job.actor.id"] ?? schedule ?? service ?? system,
  };
}

/** When a run, or a job without one, started and ended, as far as that is known. */
type Times = Readonly<Partial<Record<"start" | "end", HrTime | undefined>>> & Pick<Run, "duration">;

function timesOf({ start, end, duration }: Times): Pick<BcaExecution, "Started" | "Ended" | "Duration"> {
  return {
    ...(start !== undefined && { Started: toIso(start) }),
    ...(end !== undefined && { Ended: toIso(end) }),
    ...(duration !== undefined && { Duration: `${duration.toFixed(9).replace(/\.?0+$/, "")} s` }),
  };
}

function countsOf({ attributes }: Run): Partial<BcaExecution> {
  return Object.fromEntries(
    metrics.flatMap(([label, attribute]) => {
      const count = attributes[attribute];
      return count === undefined ? [] : [[label, count]];
    }),
  );
}
