import { field } from "../field.ts";
import type { Field } from "../field.ts";
import { statuses, types } from "./word.ts";

const required = { required: true } as const;
const personal = { sensitivity: "personal" } as const;
const secret = { sensitivity: "secret" } as const;

const envelope: readonly Field[] = [
  field("status", "number", "devo.code", "0, or the code of what went wrong with the request."),
  field("msg", "text", "devo.msg", "What went wrong with the request.", personal),
  field("success", "boolean", "devo.success", "Whether the request was done; in older versions."),
  field("cid", "text", "devo.cid", "The request."),
  field("timestamp", "millis", "devo.timestamp", "When it was answered: when all that it says was seen.", {
    unit: "ms",
  }),
  field(
    "error",
    "json",
    "devo.answer_error",
    "What went wrong with the request, as a text or with its code.",
    personal,
  ),
  field("code", "scalar", "devo.answer_code", "The code of what went wrong, where it stands by itself."),
];

/** Also where a job lacks what makes it one, what it says of its destination may not be shown. */
const extraAt = (at: string): Field =>
  field(
    `${at}extra.*`,
    "json",
    "devo.extra",
    "What else is known of the destination; it may hold credentials.",
    secret,
  );

const jobAt = (at: string): readonly Field[] => [
  field(`${at}status`, "text", "job.status.native", "The job's state.", { ...required, values: statuses }),
  field(`${at}id`, "text", "job.id", "Stands for the job.", required),
  field(`${at}eventGenerated`, "number", "job.counter.events_generated", "Events that the query gave."),
  field(`${at}eventsSent`, "number", "job.counter.events_sent", "Events that reached the destination."),
  field(
    `${at}lastDatetime`,
    "millis",
    "devo.last_datetime",
    "The time of the last event, where the job goes on when it is started again; 0 where there was none.",
    { unit: "ms" },
  ),
  field(`${at}type`, "text", "devo.type", "What kind of destination it sends to.", { values: types }),
  field(`${at}friendlyName`, "text", "job.name", "The name that it was given."),
  field(`${at}query`, "text", "devo.query", "The query, or the id of a kept one.", personal),
  field(`${at}error`, "list", "devo.error", "What went wrong in the job.", personal),
  field(`${at}extra.paths`, "json", "devo.paths", "The URLs of the files in S3.", secret),
  field(`${at}extra.emailsSended`, "number", "job.counter.emails_sent", "E-mails that were sent."),
  field(`${at}extra.redisKeyBase`, "text", "devo.redis_key_base", "What the keys in Redis begin with.", secret),
  field(`${at}extra.keyFields`, "json", "devo.key_fields", "The fields that the keys are made of."),
  field(`${at}extra.keyFields[].name`, "text", "devo.key_fields", "The field's name."),
  field(`${at}extra.keyFields[].type`, "text", "devo.key_fields", "The field's type."),
  field(`${at}extra.description`, "text", "devo.description", "What is kept in Redis."),
  field(`${at}extra.expireIn`, "number", "devo.expire_in", "When the keys expire."),
  extraAt(at),
  field(`${at}cid`, "text", "devo.job_cid", "The request that launched it."),
  field(`${at}owner`, "text", "job.actor.id", "Whose job it is.", personal),
  field(`${at}table`, "text", "devo.table", "The table that it reads."),
  field(`${at}domain`, "text", "job.tenant.id", "The domain that it belongs to."),
];

/** The fields of a job by itself. */
export const jobFields: readonly Field[] = jobAt("");

/** The fields of an answer about a job. */
export const answerFields: readonly Field[] = [...envelope, ...jobAt("object.")];

/** The fields of the answer to a query with a destination. */
export const launchFields: readonly Field[] = [
  ...envelope,
  field("object.id", "text", "job.id", "Stands for the job.", required),
  field("object.redisKeyBase", "text", "devo.redis_key_base", "What the keys in Redis begin with.", secret),
  extraAt("object."),
];

/** The fields of an answer about no job. */
export const failureFields: readonly Field[] = [
  ...envelope,
  field("object", "list", "devo.object", "What went wrong, in parts.", personal),
  extraAt(""),
];
