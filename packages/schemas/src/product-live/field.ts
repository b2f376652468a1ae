import { field } from "../field.ts";
import type { Field } from "../field.ts";
import type { Kind } from "./shape.ts";
import { endWords, executionWords, systemJobs, triggers } from "./word.ts";

const personal = { sensitivity: "personal" } as const;
const required = { required: true } as const;

const origins = Object.keys(triggers).filter((word) => word !== "UNKNOWN");

/** The fields of the details of a kind, below their name, in the order of the printed examples. */
function detailFields(kind: Kind, prefix: string): readonly Field[] {
  const row = (
    name: string,
    ...more: [Field["type"], Field["attribute"], string, Parameters<typeof field>[4]?]
  ): Field => field(`${prefix}.${name}`, ...more);
  const id = row("jobInstanceId", "text", "job.id", "Stands for the instance of the job.", required);
  const pipeline = row("pipelineId", "text", "job.queue.name", "The pipeline, which runs one job at a time.");
  const who = [
    row("accountId", "text", "job.tenant.id", "The account of the user that launched the job."),
    row("userId", "text", "job.actor.id", "The user that launched the job; not always available.", personal),
    row("jobOwnerAccountId", "text", "job.scope.id", "The account of the owner of the job."),
    row("jobId", "text", "job.definition.id", "Stands for the job."),
  ];
  const title = (attribute: Field["attribute"]): Field => row("jobTitle", "text", attribute, "The title of the job.");
  if (kind === "end") return [...who, title("job.name"), id, ...endFields(prefix), pipeline];
  const [name, other]: readonly Field["attribute"][] =
    kind === "user" ? ["job.name", "productlive.system_job_type"] : ["productlive.job_title", "job.name"];
  return [
    ...who,
    row("jobKey", "text", "productlive.job_key", "The key of a user's job."),
    title(name ?? "job.name"),
    row("jobType", "text", "productlive.job_type", "Whose job it is.", {
      ...(kind === "system" && required),
      values: ["USER", "SYSTEM"],
    }),
    row("systemJobType", "text", other ?? "job.name", "The kind of a system job.", { values: systemJobs }),
    id,
    pipeline,
    ...periodicityFields(`${prefix}.jobPeriodicity`),
    row("actionOrigin", "text", "productlive.action_origin", "Where it was asked for.", { values: origins }),
  ];
}

const rules = "productlive.job_periodicity";

const periodicityFields = (name: string): readonly Field[] => [
  field(name, "json", rules, "When a user's job is run again and again."),
  field(`${name}[].isEnabled`, "boolean", rules, "Whether the rule is in force."),
  field(`${name}[].cronExpression`, "text", rules, "The rule, in UTC."),
];

const endFields = (prefix: string): readonly Field[] => [
  field(`${prefix}.jobInstanceStatus`, "text", "job.status.native", "How the instance ended.", {
    ...required,
    values: endWords,
  }),
  field(`${prefix}.jobInstanceUpdatedAt`, "time", "productlive.updated_at", "When the instance was changed last."),
  field(`${prefix}.jobInstanceStartAt`, "time", "job.run.started_at", "When it started."),
  field(`${prefix}.jobInstanceEndAt`, "time", "job.run.ended_at", "When it completed."),
];

const id = "Stands for the audit log.";
const generated = "When Log Analytics took it in, which is later than what happened.";
const version = "The version of the type.";

/** The fields of a row in Log Analytics. */
export const rowFields = (kind: Kind, types: readonly string[]): readonly Field[] => [
  field("Id", "text", "productlive.id", id),
  field("TenantId", "text", "productlive.log_tenant_id", "The tenant of Log Analytics."),
  field("TimeGenerated [UTC]", "time", "productlive.time_generated_utc", generated),
  field("TimeGenerated", "time", "productlive.time_generated", generated),
  field("EntityType", "text", "productlive.entity_type", "The kind of thing that it is about.", { values: ["job"] }),
  field("PlType", "text", "productlive.type", "What happened.", { ...required, values: types }),
  field("Version", "scalar", "productlive.version", version),
  ...detailFields(kind, "Details"),
];

/** The fields of an audit log as the REST interface answers. */
export const auditFields = (kind: Kind, types: readonly string[]): readonly Field[] => [
  field("object", "text", "productlive.object", "What kind of object it is.", { values: ["audit_log"] }),
  field("id", "text", "productlive.id", id),
  field("timeGenerated", "time", "productlive.time_generated", generated),
  field("entityType", "text", "productlive.entity_type", "The kind of thing that it is about.", { values: ["job"] }),
  field("type", "text", "productlive.type", "What happened.", { ...required, values: types }),
  field("version", "scalar", "productlive.version", version),
  ...detailFields(kind, "details"),
];

/** The fields of a job execution. */
export const executionFields: readonly Field[] = [
  field("object", "text", "productlive.object", "What kind of object it is.", {
    ...required,
    values: ["job_execution"],
  }),
  field("id", "text", "job.id", "Stands for the execution.", required),
  field("jobId", "text", "job.definition.id", "Stands for the job."),
  field("pipelineId", "text", "job.queue.name", "The pipeline, which runs one job at a time."),
  field("createdAt", "time", "job.created_at", "When it was queued."),
  field("startedAt", "time", "job.run.started_at", "When it started; at times a little before it was queued."),
  field("endedAt", "time", "job.run.ended_at", "When it ended."),
  field("status", "text", "job.status.native", "Its state.", { ...required, values: executionWords }),
  field("input.context.jobAccountId", "text", "job.scope.id", "The account of the owner of the job."),
  field("input.context.jobId", "text", "productlive.input_job_id", "Stands for the job."),
  field("input.context.userAccountId", "text", "job.tenant.id", "The account of the user that launched the job."),
  field("input.context.userId", "text", "job.actor.id", "The user that launched the job.", personal),
  field("input.*", "json", "productlive.input", "What the job was given, with links to files.", {
    sensitivity: "secret",
  }),
  field("output", "json", "productlive.output", "What the job gave, with links to files.", { sensitivity: "secret" }),
  field("info.title", "text", "job.name", "The title of the job."),
];
