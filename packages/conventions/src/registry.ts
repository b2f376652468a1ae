/**
 * Every name that Jobtrail emits. Types, constants and the reference page
 * are generated from this file and `registry-metrics.ts` (`pnpm generate`); nothing else may invent a name.
 */

import type { EventName } from "./generated.ts";

export { buckets, derivedMetrics, metrics } from "./registry-metrics.ts";
export type { MetricRow } from "./registry-metrics.ts";

/** Value types of an attribute; `iso` is a string that holds an ISO 8601 time. */
export type ValueType = "string" | "int" | "double" | "boolean" | "iso" | "string[]";

/** What an attribute describes: the work's definition, a job, one run, a single event, or the record itself. */
export type Scope = "definition" | "job" | "run" | "event" | "record";

/** How the fold chooses among several records of one source: the earliest value or the latest. */
export type Merge = "first" | "last";

/** Who may see a value: anyone; only those who may know people; nobody. */
export type Sensitivity = "public" | "personal" | "secret";

/** `development` names may still change, `stable` ones may not. */
export type Stability = "development" | "stable";

/** The row of an attribute. */
export interface AttributeRow {
  readonly type: ValueType;
  readonly scope: Scope;
  readonly merge: Merge;
  readonly sensitivity: Sensitivity;
  readonly stability: Stability;
  /** The signals that carry it: S spans, L log records, M metrics. */
  readonly on: string;
  readonly brief: string;
  /** Unit in UCUM notation, for numbers that have one. */
  readonly unit?: string;
  /** The closed list of values, where there is one. */
  readonly values?: readonly string[];
}

/** The row of an event. */
export interface EventRow {
  /** OTel severity number: 5 DEBUG, 9 INFO, 13 WARN, 17 ERROR; a failed final run is raised by the recorder. */
  readonly severity: 5 | 9 | 13 | 17;
  /** Order in a job's life, for records of the same instant. */
  readonly step: number;
  readonly brief: string;
}

/** The row of a kind of span. */
export interface SpanRow {
  readonly kind: "PRODUCER" | "CONSUMER" | "INTERNAL";
  readonly brief: string;
}

/** The result of a run: the values of `cicd.pipeline.result`, and `deferred` for a run that put its job back. */
const results: readonly string[] = ["success", "failure", "error", "timeout", "cancellation", "skip", "deferred"];

/** The states of a job, over all job systems. */
const states: readonly string[] = [
  "scheduled",
  "waiting",
  "blocked",
  "active",
  "suspended",
  "retrying",
  "stalled",
  "stopped",
  "completed",
  "failed",
  "cancelled",
  "removed",
];

/** The triggers of jobs. */
const triggers: readonly string[] = [
  "api",
  "cron",
  "interval",
  "delay",
  "event",
  "dependency",
  "retry",
  "manual",
  "unknown",
];

/** How Jobtrail learned of an event, the most reliable source first. */
const sources: readonly string[] = ["hook", "stream", "poll", "webhook", "import", "reconciliation", "inferred"];

/** Who may ask for a job. */
const actorTypes: readonly string[] = ["user", "service", "system"];

const development = "development" as const;

const row = (
  type: ValueType,
  scope: Scope,
  on: string,
  brief: string,
  more: Partial<AttributeRow> = {},
): AttributeRow => ({
  type,
  scope,
  merge: "first",
  sensitivity: "public",
  stability: development,
  on,
  brief,
  ...more,
});

/** Attributes. A key that ends in `.<key>` is a family: the user chooses `<key>`. */
export const attributes: Readonly<Record<string, AttributeRow>> = {
  "job.system.name": row("string", "definition", "SLM", "The job system, such as bullmq."),
  "job.namespace": row(
    "string",
    "definition",
    "SL",
    "Separates queues of equal names: key prefix and database number, or schema. Every observer can know it.",
  ),
  "job.queue.name": row("string", "definition", "SLM", "The queue where the job waits."),
  "job.definition.id": row("string", "definition", "L", "The definition's id, as its job system gives it."),
  "job.name": row("string", "definition", "SLM", "The name of the work: the task, the job type, the schedule."),
  "job.schedule.id": row("string", "definition", "SLM", "The schedule that creates the jobs."),
  "job.schedule.expression": row("string", "definition", "SL", "The schedule's expression, such as `0 5 * * 1`."),
  "job.schedule.timezone": row("string", "definition", "SL", "The IANA time zone of the schedule's expression."),

  "job.id": row("string", "job", "SL", "The job's id, as its job system gives it."),
  "job.uid": row(
    "string",
    "job",
    "SL",
    "The job's id among all systems: 32 hex digits derived from system, namespace, queue, id and, where ids are reused, the time of creation.",
  ),
  "job.created_at": row("iso", "job", "L", "When the job was stored, if not at the record's time."),
  "job.available_at": row("iso", "job", "L", "When the job may start at the earliest.", { merge: "last" }),
  "job.delay": row("double", "job", "L", "The delay that was asked for the job.", { unit: "s" }),
  "job.priority": row("int", "job", "L", "The priority, in the system's own scale."),
  "job.max_attempts": row("int", "job", "SL", "The maximum number of attempts."),
  "job.trigger.type": row("string", "job", "SL", "What created the job.", { values: triggers }),
  "job.test": row("boolean", "job", "L", "Whether the job is only a test."),
  "job.deduplication.key": row("string", "event", "L", "The deduplication key that two jobs shared.", {
    sensitivity: "personal",
  }),
  "job.state": row("string", "event", "LM", "The state after this event.", { merge: "last", values: states }),
  "job.status.native": row("string", "event", "L", "The system's own name for the state.", { merge: "last" }),
  "job.reason": row("string", "event", "L", "The reason, in a word or a sentence.", { merge: "last" }),
  "job.actor.type": row("string", "job", "L", "What kind of actor asked for the job.", { values: actorTypes }),
  "job.actor.id": row("string", "job", "L", "Who asked for the job.", { sensitivity: "personal" }),
  "job.actor.name": row("string", "job", "L", "The actor's name.", { sensitivity: "personal" }),
  "job.scope.type": row("string", "job", "L", "The kind of scope: space, account, project."),
  "job.scope.id": row("string", "job", "L", "The id of the job's scope."),
  "job.scope.name": row("string", "job", "L", "The scope's name."),
  "job.tenant.id": row("string", "job", "L", "The tenant that the job belongs to."),
  "job.input.size": row("int", "job", "L", "Size of the payload as JSON text.", { unit: "By" }),
  "job.input.hash": row("string", "job", "L", "SHA-256 of the payload's JSON text, in hex."),

  "job.run.uid": row("string", "run", "SL", "The run's id, unique among all runs."),
  "job.run.number": row("int", "run", "SL", "The run's number within its job, from 1."),
  "job.run.attempt": row("int", "run", "SL", "The attempt's number, from 1, without runs that put the job back."),
  "job.run.wait": row("double", "run", "SL", "How long the job was ready before its start.", { unit: "s" }),
  "job.run.started_at": row("iso", "run", "L", "When the run started, if not at the record's time."),
  "job.run.ended_at": row("iso", "run", "L", "When the run ended, in its system's full precision.", { merge: "last" }),
  "job.run.result": row("string", "run", "SLM", "How the run ended.", { merge: "last", values: results }),
  "job.run.final": row("boolean", "run", "SLM", "Whether the run's end is the job's end; absent if that is unknown.", {
    merge: "last",
  }),
  "job.run.duration": row("double", "run", "L", "The time from the run's start to its end.", {
    unit: "s",
    merge: "last",
  }),
  "job.run.warnings": row("string[]", "run", "L", "Problems in a run that still did its work.", { merge: "last" }),
  "job.run.output.size": row("int", "run", "L", "Size of the result as JSON text.", { unit: "By", merge: "last" }),
  "job.run.output.hash": row("string", "run", "L", "SHA-256 of the result's JSON text, in hex.", { merge: "last" }),
  "job.progress": row("double", "run", "L", "Progress, in the system's own scale; only numbers.", { merge: "last" }),
  "job.step.number": row("int", "event", "L", "The step's number within the run, from 1."),
  "job.step.name": row("string", "event", "L", "The step's name."),
  "job.retry.attempt": row("int", "event", "L", "The number of the next attempt.", { merge: "last" }),
  "job.batch.size": row("int", "run", "SL", "How many jobs the handler received at once."),
  "job.worker.name": row("string", "run", "SL", "The worker's name, if it has one."),
  "job.schedule.nominal_time": row("iso", "run", "SL", "When the run was scheduled to start."),
  "job.schedule.lateness": row("double", "run", "SL", "How much later than scheduled the run started.", { unit: "s" }),
  "job.schedule.missed_count": row("int", "event", "L", "How many scheduled times passed without a start."),
  "job.schedule.next_time": row("iso", "run", "L", "When the next run is scheduled to start.", { merge: "last" }),
  "job.counter.<key>": row("double", "run", "L", "What the job counted, such as `job.counter.emails`.", {
    merge: "last",
  }),
  "job.item.name": row("string", "event", "M", "What was counted, as a metric's label."),
  "job.bridge.name": row("string", "event", "M", "The bridge, as its configuration names it."),
  "http.response.status_code": row("int", "event", "M", "The status of an answer, on a metric."),
  "job.event.name": row("string", "event", "M", "The event that was counted, as a metric's label."),
  "job.link.type": row("string", "event", "S", "On a span link: what the other span is to this one.", {
    values: ["producer", "previous_run", "scheduled_by"],
  }),

  "job.record.source": row("string", "record", "L", "How Jobtrail learned of the event.", { values: sources }),
  "job.record.schema": row(
    "string",
    "record",
    "L",
    "The documented schema of the foreign record, or the one in which this record is rendered.",
  ),
  "job.record.form": row("string", "record", "L", "Which of the schema's forms the foreign record has."),
  "job.record.rest": row(
    "string",
    "record",
    "L",
    "The parts of a foreign record that no other attribute holds exactly, as JSON text.",
  ),
  "job.record.content": row(
    "string",
    "record",
    "L",
    "This record, rendered as JSON text in the schema `job.record.schema`.",
    { sensitivity: "personal" },
  ),
  "job.record.anomaly": row("string", "record", "L", "How a foreign record deviates from its documentation."),
  "job.record.cut": row("string[]", "record", "L", "Attributes that a limit shortened or left out."),
  "job.event.sequence": row("int", "record", "L", "The record's number within its process, from 1 without gaps."),
  "job.gap.count": row("int", "record", "L", "How many records were lost."),

  "log.record.uid": row("string", "record", "L", "The record's id: records with equal ids are copies."),
  "log.record.original": row("string", "record", "L", "The redacted source text of a foreign record."),
  "error.type": row("string", "run", "SLM", "The error's class or code; worker_lost where the worker died.", {
    merge: "last",
  }),
  "exception.message": row("string", "run", "L", "The error's text, cut and redacted.", {
    merge: "last",
    sensitivity: "personal",
  }),
  "exception.stacktrace": row("string", "run", "L", "Where the error arose, cut and redacted.", {
    merge: "last",
    sensitivity: "personal",
  }),

  "messaging.system.name": row("string", "definition", "S", "As job.system.name."),
  "messaging.operation.name": row("string", "event", "S", "The system's name of the call, such as add."),
  "messaging.operation.type": row("string", "event", "S", "The type of the operation.", {
    values: ["send", "process"],
  }),
  "messaging.destination.name": row("string", "definition", "S", "As job.queue.name."),
  "messaging.message.id": row("string", "job", "S", "As job.id."),
  "messaging.batch.message_count": row("int", "run", "S", "How many jobs one call handled."),
};

const event = (severity: EventRow["severity"], step: number, brief: string): EventRow => ({
  severity,
  step,
  brief,
});

/** Events, in the order of a job's life. */
export const events: Readonly<Record<EventName, EventRow>> = {
  "job.schedule.created": event(9, 0, "A schedule was created."),
  "job.schedule.paused": event(9, 0, "A schedule was paused: it creates no jobs for now."),
  "job.schedule.resumed": event(9, 0, "A paused schedule was resumed."),
  "job.schedule.deleted": event(9, 0, "A schedule was deleted: it creates no more jobs."),
  "job.schedule.missed": event(13, 0, "A scheduled time passed without a start."),
  "job.queued": event(9, 1, "The job system accepted the job."),
  "job.deduplicated": event(9, 2, "Another job was not stored, because it duplicates this one."),
  "job.restarted": event(9, 3, "Someone started the job again after its end."),
  "job.run.started": event(9, 4, "A run started."),
  "job.run.progress": event(5, 5, "The run reported its progress."),
  "job.run.heartbeat": event(5, 6, "The run is still active."),
  "job.stalled": event(13, 7, "The worker's lock or heartbeat expired; the job was put back."),
  "job.run.ended": event(9, 8, "A run ended. WARN if it failed, ERROR if the job failed for good."),
  "job.retry_scheduled": event(13, 9, "The job will be retried."),
  "job.ended": event(9, 10, "The job ended outside of a run, or its end became known late."),
  "job.stopped": event(9, 10, "Someone stopped the job, or it was found stopped; it may be started again."),
  "job.removed": event(9, 11, "The job was removed from its job system."),
  "job.log.gap": event(17, 12, "Records were lost, and how many."),
};

/** Span names; the parts in braces are replaced by values. */
export const spans: Readonly<Record<string, SpanRow>> = {
  "{verb} {queue}": {
    kind: "PRODUCER",
    brief: "A call that queues jobs, named by the system's own name of the call: `add email`.",
  },
  "process {queue}": {
    kind: "CONSUMER",
    brief: "One run: a new root, linked to the span that queued the job and to the run before.",
  },
  "run {name}": {
    kind: "INTERNAL",
    brief: "One run of a schedule in the process: always a new root.",
  },
};
