import { hash } from "node:crypto";
import { refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { Job, Run } from "@jobtrail/core/fold";
import type { RunResult } from "@jobtrail/conventions";
import type { HrTime } from "@opentelemetry/api";
import { endedAt, endsJob, given, isoOf, isUuid, marked, runStandingOf, standingOf, uuidOf } from "../derive.ts";
import type { Standing } from "../derive.ts";
import { timeIn } from "../moment.ts";
import type { Identity } from "../schema.ts";
import type { QlikEvent, QlikRun } from "./record.ts";

/**
 * A job of another system as events that are not called Qlik's: one for each run, as a retry is a run of its own
 * there, and one of the job where it has no run, or ended without one.
 */
export function derived(job: Job, { tenant }: Identity): readonly QlikEvent[] | Refusal {
  const tenantid = job.attributes["job.tenant.id"] ?? tenant;
  if (tenantid === undefined || tenantid === "")
    return refuse("JOBTRAIL_TENANT", "the tenant of the jobs, which a Qlik event must name", tenantid);
  const runs = job.runs.filter(({ result }) => result !== "deferred");
  const written = runs.length === 0 || job.ended !== undefined ? [...runs, undefined] : runs;
  return written.map((run) => eventOf(job, run, tenantid));
}

const digits = 6;

function eventOf(job: Job, run: Run | undefined, tenantid: string): QlikEvent {
  const { "job.system.name": system = "unknown", "job.definition.id": definition } = job.attributes;
  const data = runOf(job, run);
  return {
    id: uuidIn(`${job.uid}/${run?.uid ?? data.id}/${data.status}`),
    time: isoOf(timeOf(job, run), digits),
    type: "jobtrail.run.ended",
    source: `jobtrail/${system}`,
    specversion: "1.0.2",
    datacontenttype: "application/json",
    tenantid,
    ...given("toplevelresourceid", definition),
    data,
    ...marked({ ...job, runs: run === undefined ? [] : [run] }, derivedOf(job, data)),
  };
}

function timeOf({ last, ended: own }: Job, run: Run | undefined): HrTime {
  const ended = run === undefined ? own : run.ended;
  return run?.end ?? (ended === undefined ? last : endedAt(ended));
}

const uuidIn = (text: string): string => uuidOf(hash("sha256", text).slice(0, 32));

/** The fields that are derived in every event, and those that were derived in this one. */
const derivedOf = ({ attributes }: Job, { id, status, context }: QlikRun): readonly string[] => [
  "id",
  "time",
  "type",
  "source",
  "specversion",
  "datacontenttype",
  ...(id === attributes["job.id"] ? [] : ["data.id"]),
  ...(status === undefined ? [] : ["data.status"]),
  ...(context === undefined ? [] : ["data.context"]),
];

function runOf(job: Job, run: Run | undefined): QlikRun {
  const known = run?.attributes ?? job.attributes;
  const trigger = known["job.trigger.type"];
  const nominal = timeIn(known["job.schedule.nominal_time"]);
  return {
    id: idOf(job, run),
    ...given("status", statusOf(job, run)),
    ...given("title", known["job.name"]),
    ...given("context", trigger === undefined ? undefined : contexts[trigger]),
    ...given("createdAt", job.queued && isoOf(job.queued, digits)),
    ...given("scheduledStartTime", nominal && isoOf(nominal, digits)),
    ...given("startTime", run?.start && isoOf(run.start, digits)),
    ...given("stopTime", run?.end && isoOf(run.end, digits)),
    ...given("executedById", known["job.actor.id"]),
    ...(known["job.scope.type"] === "space" && given("spaceId", known["job.scope.id"])),
    ...given("testRun", known["job.test"]),
    ...given("totalApiCalls", countIn(known["job.counter.api_calls"])),
    ...networkOf(countIn(known["job.counter.received_bytes"]), countIn(known["job.counter.sent_bytes"])),
  };
}

/** The job's own id stands for its end. */
function idOf(job: Job, run: Run | undefined): string {
  const { uid, attributes, runs } = job;
  const { "job.id": id = "" } = attributes;
  if (run === undefined || endsJob(job, run)) return isUuid(id) ? id : uuidOf(uid);
  return uuidIn(run.uid ?? `${uid}/${runs.indexOf(run)}`);
}

/** Qlik counts in whole numbers. */
const countIn = (count: number | undefined): number | undefined =>
  count !== undefined && Number.isSafeInteger(count) && count >= 0 ? count : undefined;

const networkOf = (received: number | undefined, sent: number | undefined): Pick<QlikRun, "network"> =>
  received === undefined && sent === undefined
    ? {}
    : { network: { ...given("rxBytes", received), ...given("txBytes", sent) } };

/** Triggers for which Qlik has a word; runs of a schedule have none there. */
const contexts: Readonly<Partial<Record<string, string>>> = { api: "api", manual: "interactive", event: "webhook" };

const results: Readonly<Partial<Record<RunResult, string>>> = {
  success: "finished",
  failure: "failed",
  error: "failed",
  timeout: "exceeded limit",
  cancellation: "stopped",
  skip: "stopped",
};

/** The event has no word for an end that nobody knows more of: then it has no status. */
const words: Readonly<Partial<Record<Standing, string>>> = {
  scheduled: "not started",
  waiting: "queued",
  blocked: "queued",
  retrying: "queued",
  stalled: "queued",
  active: "running",
  suspended: "running",
  completed: "finished",
  failed: "failed",
  cancelled: "stopped",
};

function statusOf(job: Job, run: Run | undefined): string | undefined {
  const standing = run === undefined ? standingOf(job) : runStandingOf(job, run);
  const result = run === undefined ? job.result : run.result;
  if (standing === "completed" && (run?.attributes["job.run.warnings"]?.length ?? 0) > 0)
    return "finished with warnings";
  return (over.has(standing) && result !== undefined ? results[result] : undefined) ?? words[standing];
}

/** What a result says more exactly. */
const over: ReadonlySet<Standing> = new Set(["completed", "failed", "cancelled", "stopped"]);
