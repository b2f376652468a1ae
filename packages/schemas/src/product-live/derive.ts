import type { RunResult } from "@jobtrail/conventions";
import { jobUid, refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { Job, Run } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { endedAt, given, isoOf, marked, over, runStandingOf, standingOf, uuidOf } from "../derive.ts";
import type { Standing } from "../derive.ts";
import type { Identity } from "../schema.ts";
import { unknownWord } from "../word.ts";
import type { ProductLiveEnded, ProductLiveQueued, ProductLiveRow, ProductLiveRule } from "./record.ts";

/** A job of another system as audit logs: one that it was queued, and one for each end. */
export function derived(
  job: Job,
  { account = job.attributes["job.tenant.id"] }: Identity,
): readonly ProductLiveRow[] | Refusal {
  if (account === undefined || account === "")
    return refuse("JOBTRAIL_ACCOUNT", "the account that the job is of, where its own events name no tenant", account);
  const ends = [...job.runs.flatMap((run, i) => endOf(job, run, i)), ...ownEnd(job)];
  return [
    rowOf({ ...job, runs: [] }, "job.queued", job.queued ?? job.last, queuedDetails(job, account), "0"),
    ...ends.map((end) => rowOf(ofRun(job, end), "job.end", end.time, endDetails(job, account, end), end.part)),
  ];
}

/** The end of a run, or of a job that no run ended. */
interface End {
  /** What makes its row another than the job's others. */
  readonly part: string;
  readonly run?: Run;
  readonly status: string;
  readonly time: HrTime;
  readonly end: HrTime | undefined;
}

const ofRun = ({ runs: _, ...job }: Job, { run }: End): Job => ({ ...job, runs: run === undefined ? [] : [run] });

/** A run that only put its job back has not ended the instance. */
function endOf(job: Job, run: Run, index: number): readonly End[] {
  const { uid, ended, result, end } = run;
  if (ended === undefined || result === "deferred") return [];
  return [
    {
      part: uid ?? String(index + 1),
      run,
      status: statusOf(runStandingOf(job, run), run),
      time: end ?? endedAt(ended),
      end,
    },
  ];
}

function ownEnd(job: Job): readonly End[] {
  const { ended, runs, state, last } = job;
  if (ended === undefined && (runs.length > 0 || !over.has(state))) return [];
  const time = ended === undefined ? last : endedAt(ended);
  return [{ part: "end", status: statusOf(standingOf(job), job), time, end: ended === undefined ? last : ended.time }];
}

const words: Readonly<Partial<Record<Standing, string>>> = {
  completed: "COMPLETED",
  failed: "FAILED",
  cancelled: "TERMINATED",
  removed: "REMOVED",
};

/** What was skipped did not run, for which the log has no word. */
const results: Readonly<Partial<Record<RunResult, string>>> = {
  timeout: "TIMED_OUT",
  cancellation: "TERMINATED",
  failure: "FAILED",
  error: "FAILED",
  skip: unknownWord,
};

function statusOf(standing: Standing, { result, attributes }: Pick<Job, "result" | "attributes">): string {
  if (standing === "completed" && (attributes["job.run.warnings"]?.length ?? 0) > 0) return "COMPLETED_WITH_ERRORS";
  const isExact = standing !== "completed" && standing !== "removed" && result !== undefined;
  return (isExact ? results[result] : undefined) ?? words[standing] ?? unknownWord;
}

/** Ids have 24 hex digits; the first try is the instance that was queued, each later one another. */
function instanceOf({ uid, attributes: { "job.id": id = "" }, runs }: Job, run: Run | undefined): string {
  const index = run === undefined ? 0 : runs.indexOf(run);
  const { "job.run.number": number = index + 1, "job.run.attempt": attempt = number } = run?.attributes ?? {};
  if (attempt > 1) return jobUid({ system: "run", queue: uid, id: run?.uid ?? String(index) }).slice(0, 24);
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
function whoOf(job: Job, account: string, run?: Run): ProductLiveQueued {
  const { attributes } = job;
  return {
    accountId: account,
    ...given("userId", attributes["job.actor.type"] === "user" ? attributes["job.actor.id"] : undefined),
    ...given("jobOwnerAccountId", attributes["job.scope.type"] === "account" ? attributes["job.scope.id"] : undefined),
    jobId: definitionOf(job),
    ...given("jobTitle", attributes["job.name"]),
    jobInstanceId: instanceOf(job, run),
    ...given("pipelineId", attributes["job.queue.name"]),
  };
}

/** The document's own spelling of what is not known. */
const origins: Readonly<Record<string, string>> = { manual: "APP", cron: "PERIODIC", api: "API", unknown: "UNKOWN" };

const queuedDetails = (job: Job, account: string): ProductLiveQueued => ({
  ...whoOf(job, account),
  jobType: "USER",
  jobPeriodicity: rulesOf(job),
  ...given("actionOrigin", origins[job.attributes["job.trigger.type"] ?? ""]),
});

/** Rules have five parts and are meant in UTC; what another system means otherwise cannot be one. */
const rulesOf = ({
  attributes: { "job.schedule.expression": expression = "", "job.schedule.timezone": zone },
}: Job): readonly ProductLiveRule[] =>
  zone === "UTC" && /^\S+(?: \S+){4}$/.test(expression) ? [{ isEnabled: true, cronExpression: expression }] : [];

const endDetails = (job: Job, account: string, { run, status, end }: End): ProductLiveEnded => ({
  ...whoOf(job, account, run),
  jobInstanceStatus: status,
  ...given("jobInstanceUpdatedAt", end && isoOf(end, 7)),
  ...given("jobInstanceStartAt", run?.start && isoOf(run.start, 7)),
  ...given("jobInstanceEndAt", end && isoOf(end, 7)),
});

/** What the envelope says of every job. */
const constant: readonly string[] = ["Id", "TimeGenerated [UTC]", "EntityType", "PlType", "Version"];

function rowOf(
  job: Job,
  type: string,
  time: HrTime,
  details: ProductLiveQueued | ProductLiveEnded,
  part: string,
): ProductLiveRow {
  const own = new Set([job.attributes["job.id"], job.attributes["job.definition.id"]]);
  const ids = (["jobId", "jobInstanceId"] as const).filter((key) => !own.has(details[key] ?? undefined));
  const fixed =
    type === "job.end"
      ? ["jobInstanceUpdatedAt", "jobInstanceStatus"]
      : ["jobType", "actionOrigin", "jobPeriodicity[].isEnabled"];
  return {
    Id: uuidOf(jobUid({ system: "record", queue: job.uid, id: part })),
    "TimeGenerated [UTC]": isoOf(time, 7),
    EntityType: "job",
    PlType: type,
    Version: 2,
    Details: details,
    ...marked(job, [...constant, ...[...ids, ...fixed].map((key) => `Details.${key}`)]),
  };
}
