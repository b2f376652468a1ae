import type { JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import { z } from "zod";
import { given, isUuid, marked, millisOf, over, standingOf, uuidOf } from "./derive.ts";
import type { Standing } from "./derive.ts";
import { field } from "./field.ts";
import type { Form } from "./form.ts";
import type { Digits } from "./json.ts";
import { markShape } from "./mark.ts";
import type { Mark } from "./mark.ts";
import { timeIn } from "./moment.ts";
import { schemaOf } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { anything, maybe, number, text, time, word } from "./shape.ts";
import { errorIn, lifeOf } from "./builder.ts";
import type { EventBuilder } from "./builder.ts";
import { lookup, understood, unknownWord } from "./word.ts";
import type { Meaning } from "./word.ts";

/** A job as HarperDB's job log holds it, and as get_job and search_jobs_by_start_date answer. */
export interface HarperJob {
  readonly id: string;
  readonly user?: string | null;
  readonly type?: string | null;
  readonly status: string;
  readonly start_datetime?: Digits | null;
  readonly end_datetime?: Digits | null;
  readonly job_body?: unknown;
  readonly request?: unknown;
  readonly message?: string | null;
  readonly result?: unknown;
  readonly created_datetime?: Digits | null;
  readonly __createdtime__?: Digits | null;
  readonly __updatedtime__?: Digits | null;
  readonly start_datetime_converted?: string | null;
  readonly end_datetime_converted?: string | null;
  readonly jobtrail?: Mark;
}

/** What an operation answers that started a job. Older versions say the id in the message only. */
export interface HarperStart {
  readonly message: string;
  readonly job_id?: string | null;
  readonly jobtrail?: Mark;
}

/** A record of HarperDB's job log. */
export type HarperRecord = HarperJob | HarperStart;

const system = "harperdb";

const meanings: Readonly<Record<string, Meaning>> = {
  CREATED: { event: "job.queued", state: "waiting" },
  IN_PROGRESS: { event: "job.run.started", state: "active" },
  COMPLETE: { event: "job.run.ended", state: "completed", result: "success" },
  ERROR: { event: "job.run.ended", state: "failed", result: "failure" },
};

const listed = Object.keys(meanings);
const find = lookup(meanings);

const jobForm: Form<HarperJob> = {
  name: "job",
  title: "A job",
  shape: z.looseObject({
    id: word,
    user: maybe(text),
    type: maybe(text),
    status: word,
    start_datetime: maybe(number),
    end_datetime: maybe(number),
    job_body: anything.exactOptional(),
    request: anything.exactOptional(),
    message: maybe(text),
    result: anything.exactOptional(),
    created_datetime: maybe(number),
    __createdtime__: maybe(number),
    __updatedtime__: maybe(number),
    start_datetime_converted: maybe(time),
    end_datetime_converted: maybe(time),
    jobtrail: markShape.exactOptional(),
  }),
  fields: [
    field("id", "text", "job.id", "Stands for the job.", { required: true }),
    field("user", "text", "job.actor.id", "Who started the job.", { sensitivity: "personal" }),
    field("type", "text", "job.name", "The operation, such as csv_data_load."),
    field("status", "text", "job.status.native", "The job's state.", { required: true, values: listed }),
    field("start_datetime", "millis", "job.run.started_at", "When it started.", { unit: "ms" }),
    field("end_datetime", "millis", "job.run.ended_at", "When it completed.", { unit: "ms" }),
    field("job_body", "json", "harperdb.job_body", "The body of the job.", { sensitivity: "secret" }),
    field("request", "json", "harperdb.request", "The request, credentials included.", { sensitivity: "secret" }),
    field("message", "text", "harperdb.message", "A confirmation, an error or other details.", {
      sensitivity: "personal",
    }),
    field("result", "json", "harperdb.result", "What the operation gave.", { sensitivity: "personal" }),
    field("created_datetime", "millis", "job.created_at", "When the job was received.", { unit: "ms" }),
    field("__createdtime__", "millis", "harperdb.created_time", "When the row was made.", { unit: "ms" }),
    field("__updatedtime__", "millis", "harperdb.updated_time", "When the row was changed.", { unit: "ms" }),
    field("start_datetime_converted", "time", "harperdb.start_converted", "When it started, as text."),
    field("end_datetime_converted", "time", "harperdb.end_converted", "When it completed, as text."),
  ],
  is: (record) => "status" in record || "id" in record,
  idOf: ({ id }) => id,
  read: readJob,
};

function readJob(job: HarperJob, builder: EventBuilder): JobEvent[] {
  const ended = timeIn(job.end_datetime);
  const { meaning, anomalies } = understood({
    field: "status",
    word: job.status,
    listed,
    find,
    hasEnded: ended !== undefined,
    mark: builder.mark,
  });
  // The stored start is the time of creation until the job runs.
  const hasStarted = find(job.status)?.event !== "job.queued";
  const times = {
    queued: timeIn(job.created_datetime),
    started: hasStarted ? timeIn(job.start_datetime) : undefined,
    ended,
  };
  return lifeOf(builder, meaning, times, {
    attributes: { ...actorOf(job), ...loadedIn(job.message) },
    error: meaning.result === "failure" ? errorIn("_OTHER", messageOf(job)) : undefined,
    anomalies,
  });
}

/** Whoever another system's job was started by need be no user. */
const actorOf = ({ user, jobtrail }: HarperJob): JobAttributes =>
  user === undefined || user === null || user === "" || jobtrail !== undefined ? {} : { "job.actor.type": "user" };

/** A message that was made of what else is known of another system's job is none of its error's. */
const messageOf = ({ message, jobtrail }: HarperJob): string | null | undefined =>
  jobtrail?.derived.includes("message") === true ? undefined : message;

const loadedOf = /\bloaded (\d{1,15}) of (\d{1,15}) records\b/;

/** That not all was loaded is visible in the text only. */
function loadedIn(message: string | null | undefined): JobAttributes {
  const match = loadedOf.exec(message ?? "");
  if (match === null) return {};
  const loaded = Number(match[1]);
  const total = Number(match[2]);
  const counters = { "job.counter.records_loaded": loaded, "job.counter.records_total": total };
  return loaded < total ? { ...counters, "job.run.warnings": [match[0]] } : counters;
}

const startFields = [
  field("message", "text", "harperdb.message", "That the job was started; names its id.", { required: true }),
] as const;

const readStart = (_: HarperStart, builder: EventBuilder): JobEvent[] => [
  builder.main({ event: "job.queued", attributes: { "job.state": "waiting" } }),
];

const startForm: Form<HarperStart> = {
  name: "start",
  title: "The answer of an operation that started a job",
  shape: z.looseObject({ message: text, job_id: word, jobtrail: markShape.exactOptional() }),
  fields: [...startFields, field("job_id", "text", "job.id", "Stands for the job.", { required: true })],
  is: ({ job_id: id }) => id !== undefined && id !== null,
  idOf: ({ job_id: id }) => id ?? "",
  read: readStart,
};

const named = /[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}/;

const startTextForm: Form<HarperStart> = {
  name: "start-text",
  title: "The same of an older version, which names the id in the message only",
  shape: z.looseObject({
    message: text.check(z.regex(named, "a text that names a job's id, which is a UUID")),
    job_id: z.null().exactOptional(),
    jobtrail: markShape.exactOptional(),
  }),
  fields: [...startFields, field("job_id", "text", "harperdb.job_id", "Stands for the job, in newer versions.")],
  is: (record) => "message" in record,
  idOf: ({ message }) => named.exec(message)?.[0] ?? "",
  read: (record, builder) => readStart(record, builder),
};

/** HarperDB's job log, as its documentation shows it and as versions 4 and 5 answer. */
export const harperdb: Schema<HarperRecord> = schemaOf<HarperRecord>({
  name: "harperdb",
  title: "HarperDB job log",
  version: "4 and 5",
  source: { title: "HarperDB documentation, Job Logs" },
  system,
  forms: [jobForm, startForm, startTextForm],
  list: (answer) => (Array.isArray(answer) ? answer : undefined),
  derive: (job) => [derived(job)],
});

/**
 * HarperDB has no word for a job that was cancelled or skipped: what is known not to have been completed is an ERROR.
 * What is over and did not say how is neither.
 */
const words: Readonly<Record<Standing, string>> = {
  scheduled: "CREATED",
  waiting: "CREATED",
  blocked: "CREATED",
  active: "IN_PROGRESS",
  suspended: "IN_PROGRESS",
  retrying: "IN_PROGRESS",
  stalled: "IN_PROGRESS",
  completed: "COMPLETE",
  failed: "ERROR",
  cancelled: "ERROR",
  stopped: unknownWord,
  removed: unknownWord,
  unknown: unknownWord,
};

function derived(job: Job): HarperJob {
  const { "job.id": id = "", "job.actor.id": user, "job.name": type } = job.attributes;
  const { status, message } = outcomeOf(job);
  const isMessageDerived = message !== undefined && message !== job.error?.message;
  return {
    id: isUuid(id) ? id : uuidOf(job.uid),
    ...given("user", user),
    ...given("type", type),
    status,
    ...timesOf(job),
    ...given("message", message),
    ...marked(job, [...(isUuid(id) ? [] : ["id"]), "status", ...(isMessageDerived ? ["message"] : [])]),
  };
}

/** A run that ended is not the end of a job that goes on. */
function timesOf({ state, queued, ended, runs }: Job): Partial<HarperJob> {
  const { start, end: runEnd } = runs.at(-1) ?? {};
  const end = over.has(state) ? (ended?.time ?? runEnd) : undefined;
  return {
    ...given("start_datetime", start && millisOf(start)),
    ...given("end_datetime", end && millisOf(end)),
    ...given("created_datetime", queued && millisOf(queued)),
  };
}

function outcomeOf(job: Job): Pick<HarperJob, "status" | "message"> {
  const standing = standingOf(job);
  // A stopped job may have a result, as one that was stopped by an error has.
  const status = standing === "stopped" && job.result !== undefined ? "ERROR" : words[standing];
  return { status, ...given("message", messageFor(job, standing, status)) };
}

/** Of an error its text, else its type; else what became of the job, as far as it was reported. */
function messageFor({ error }: Job, standing: Standing, status: string): string | undefined {
  if (status === "ERROR") return error?.message ?? error?.type ?? standing;
  return standing === "stopped" || standing === "removed" ? standing : undefined;
}
