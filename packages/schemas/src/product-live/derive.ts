import type { RunResult } from "@jobtrail/conventions";
import { jobUid, refuse } from "@jobtrail/core";
import type { Job, Refusal, Run } from "@jobtrail/core";
import type { HrTime } from "@opentelemetry/api";
import { given, isoOf, marked, uuidOf } from "../derive.ts";
import type { Identity } from "../schema.ts";
import type { ProductLiveEnded, ProductLiveQueued, ProductLiveRow, ProductLiveRule } from "./record.ts";

/** A job of another system as audit logs: one that it was queued, and one for each end. */
export function derived(
  job: Job,
  { account = job.attributes["job.tenant.id"] }: Identity,
): readonly ProductLiveRow[] | Refusal {
  if (account === undefined || account === "")
    return refuse("JOBTRAIL_ACCOUNT", "the account that the job is of, where its own events name no tenant", account);
  const ends = job.runs.flatMap((run, i) =>
    run.ended === undefined || run.result === "deferred" ? [] : [endOf(run, i)],
  );
  const isOver = job.runs.length === 0 && overWithoutRun.has(job.state);
  const own = isOver ? [{ index: 0, status: statusOf(job.result, job), end: job.last }] : ends;
  return [
    rowOf({ ...job, runs: [] }, "job.queued", job.queued ?? job.last, queuedDetails(job, account), 0),
    ...own.map((end) =>
      rowOf(ofRun(job, end), "job.end", end.end ?? job.last, endDetails(job, account, end), end.index + 1),
    ),
  ];
}

const overWithoutRun: ReadonlySet<Job["state"]> = new Set(["completed", "failed", "cancelled", "removed", "stopped"]);

interface End {
  /** Which run of the job, from 0. */
  readonly index: number;
  readonly status: string;
  readonly start?: HrTime | undefined;
  readonly end?: HrTime | undefined;
}

const ofRun = ({ runs, ...job }: Job, { index }: End): Job => ({ ...job, runs: runs.slice(index, index + 1) });

const endOf = (run: Run, index: number): End => ({
  index,
  status: statusOf(run.result, run),
  start: run.start,
  end: run.end,
});

const words: Readonly<Partial<Record<RunResult, string>>> = {
  success: "COMPLETED",
  failure: "FAILED",
  error: "FAILED",
  timeout: "TIMED_OUT",
  cancellation: "TERMINATED",
};

function statusOf(
  result: RunResult | undefined,
  { attributes, state }: { readonly attributes: Run["attributes"]; readonly state?: Job["state"] },
): string {
  if (result === "success" && (attributes["job.run.warnings"]?.length ?? 0) > 0) return "COMPLETED_WITH_ERRORS";
  if (result === undefined && state === "removed") return "REMOVED";
  return (result === undefined ? undefined : words[result]) ?? "UNKNOWN";
}

/** Ids have 24 hex digits; the first run is the instance that was queued, each later one another. */
function instanceOf({ uid, attributes: { "job.id": id = "" }, runs }: Job, index: number): string {
  if (index > 0) return jobUid({ system: "run", queue: uid, id: runs[index]?.uid ?? String(index) }).slice(0, 24);
  return isId(id) ? id : uid.slice(0, 24);
}

const isId = (text: string): boolean => /^[\da-f]{24}$/.test(text);

function definitionOf({ attributes }: Job): string {
  const { "job.definition.id": id, "job.system.name": system = "", "job.namespace": namespace } = attributes;
  return (
    id ??
    jobUid({ system, namespace, queue: attributes["job.queue.name"], id: attributes["job.name"] ?? "" }).slice(0, 24)
  );
}

/** What details of both kinds have in common. */
function whoOf(job: Job, account: string, index: number): ProductLiveQueued {
  const { attributes } = job;
  return {
    accountId: account,
    ...given("userId", attributes["job.actor.type"] === "user" ? attributes["job.actor.id"] : undefined),
    ...given("jobOwnerAccountId", attributes["job.scope.type"] === "account" ? attributes["job.scope.id"] : undefined),
    jobId: definitionOf(job),
    ...given("jobTitle", attributes["job.name"]),
    jobInstanceId: instanceOf(job, index),
    ...given("pipelineId", attributes["job.queue.name"]),
  };
}

/** The document's own spelling of what is not known. */
const origins: Readonly<Record<string, string>> = { manual: "APP", cron: "PERIODIC", api: "API", unknown: "UNKOWN" };

const queuedDetails = (job: Job, account: string): ProductLiveQueued => ({
  ...whoOf(job, account, 0),
  jobType: "USER",
  jobPeriodicity: rulesOf(job),
  ...given("actionOrigin", origins[job.attributes["job.trigger.type"] ?? ""]),
});

/** Rules have five parts and are meant in UTC; what another system means otherwise cannot be one. */
const rulesOf = ({
  attributes: { "job.schedule.expression": expression = "", "job.schedule.timezone": zone },
}: Job): readonly ProductLiveRule[] =>
  zone === "UTC" && /^\S+(?: \S+){4}$/.test(expression) ? [{ isEnabled: true, cronExpression: expression }] : [];

const endDetails = (job: Job, account: string, { index, status, start, end }: End): ProductLiveEnded => ({
  ...whoOf(job, account, index),
  jobInstanceStatus: status,
  ...given("jobInstanceUpdatedAt", end && isoOf(end, 7)),
  ...given("jobInstanceStartAt", start && isoOf(start, 7)),
  ...given("jobInstanceEndAt", end && isoOf(end, 7)),
});

/** What the envelope says of every job. */
const constant: readonly string[] = ["Id", "TimeGenerated [UTC]", "EntityType", "PlType", "Version"];

function rowOf(
  job: Job,
  type: string,
  time: HrTime,
  details: ProductLiveQueued | ProductLiveEnded,
  part: number,
): ProductLiveRow {
  const own = new Set([job.attributes["job.id"], job.attributes["job.definition.id"]]);
  const ids = (["jobId", "jobInstanceId"] as const).filter((key) => !own.has(details[key] ?? undefined));
  const fixed =
    type === "job.end"
      ? ["jobInstanceUpdatedAt", "jobInstanceStatus"]
      : ["jobType", "actionOrigin", "jobPeriodicity[].isEnabled"];
  return {
    Id: uuidOf(jobUid({ system: "record", queue: job.uid, id: String(part) })),
    "TimeGenerated [UTC]": isoOf(time, 7),
    EntityType: "job",
    PlType: type,
    Version: 2,
    Details: details,
    ...marked(job, [...constant, ...[...ids, ...fixed].map((key) => `Details.${key}`)]),
  };
}
