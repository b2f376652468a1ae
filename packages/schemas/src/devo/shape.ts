import { z } from "zod";
import { markShape } from "../mark.ts";
import { flag, maybe, number, text, word } from "../shape.ts";
import type { DevoAnswer, DevoError, DevoExtra, DevoFailure, DevoJob, DevoKeyField, DevoLaunch } from "./record.ts";

const keyField: z.ZodType<DevoKeyField> = z.looseObject({ name: maybe(text), type: maybe(text) });

// The paths are secret, and may be a text that stands in their place.
const extra: z.ZodType<DevoExtra> = z.looseObject({
  paths: maybe(z.union([z.array(text), text])),
  emailsSended: maybe(number),
  redisKeyBase: maybe(text),
  keyFields: maybe(z.array(keyField)),
  description: maybe(text),
  expireIn: maybe(number),
});

const ofJob = {
  status: word,
  id: word,
  eventGenerated: maybe(number),
  eventsSent: maybe(number),
  lastDatetime: maybe(number),
  type: maybe(text),
  friendlyName: maybe(text),
  query: maybe(text),
  error: maybe(z.array(text)),
  extra: maybe(extra),
  cid: maybe(text),
  owner: maybe(text),
  table: maybe(text),
  domain: maybe(text),
} as const;

const scalar = z.union([number, text]);

const error: z.ZodType<string | DevoError> = z.union([
  text,
  z.looseObject({ code: maybe(scalar), message: maybe(text) }),
]);

const ofEnvelope = {
  status: maybe(number),
  msg: maybe(text),
  success: maybe(flag),
  cid: maybe(text),
  timestamp: maybe(number),
  error: maybe(error),
  code: maybe(scalar),
  jobtrail: markShape.exactOptional(),
} as const;

/** A job by itself. */
export const jobShape: z.ZodType<DevoJob> = z.looseObject({ ...ofJob, jobtrail: markShape.exactOptional() });

/** An answer about a job. */
export const answerShape: z.ZodType<DevoAnswer> = z.looseObject({ ...ofEnvelope, object: z.looseObject(ofJob) });

/** What a query with a destination is answered. */
export const launchShape: z.ZodType<DevoLaunch> = z.looseObject({
  ...ofEnvelope,
  object: z.looseObject({ id: word, redisKeyBase: maybe(text) }),
});

/** An answer about no job. */
export const failureShape: z.ZodType<DevoFailure> = z.looseObject({
  ...ofEnvelope,
  object: maybe(z.array(text).min(1)),
});
