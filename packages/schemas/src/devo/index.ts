import { isList, isObject } from "../json.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Form } from "../form.ts";
import { schemaOf } from "../schema.ts";
import type { Schema } from "../schema.ts";
import { parseWithCommas } from "./comma.ts";
import { derived } from "./derive.ts";
import { answerFields, failureFields, jobFields, launchFields } from "./field.ts";
import type { DevoAnswer, DevoFailure, DevoJob, DevoLaunch, DevoRecord } from "./record.ts";
import { answerShape, failureShape, jobShape, launchShape } from "./shape.ts";
import { readAnswer, readFailure, readJob, readLaunch } from "./read.ts";

const answerForm: Form<DevoAnswer> = {
  name: "answer",
  title: "An answer about a job",
  shape: answerShape,
  fields: answerFields,
  is: ({ object }) => isObject(object) && "status" in object,
  idOf: ({ object }) => object.id,
  read: readAnswer,
};

const launchForm: Form<DevoLaunch> = {
  name: "launch",
  title: "The answer to a query with a destination",
  shape: launchShape,
  fields: launchFields,
  is: ({ object }) => isObject(object),
  idOf: ({ object }) => object.id,
  read: readLaunch,
};

const jobForm: Form<DevoJob> = {
  name: "job",
  title: "A job by itself",
  shape: jobShape,
  fields: jobFields,
  is: (record) => !("object" in record) && ("id" in record || typeof record["status"] === "string"),
  idOf: ({ id }) => id,
  read: (job, builder) => readJob(job, builder),
};

const failureForm: Form<DevoFailure> = {
  name: "failure",
  title: "An answer about no job",
  shape: failureShape,
  fields: failureFields,
  is: (record) => ["status", "msg", "error", "code"].some((key) => key in record),
  idOf: () => undefined,
  read: readFailure,
};

/** The jobs of an answer that lists them, each with what the answer says besides. */
const listIn = (answer: Json): readonly Json[] | undefined =>
  isList(answer) ? answer : isObject(answer) && isList(answer["object"]) ? jobsIn(answer, answer["object"]) : undefined;

const jobsIn = (answer: JsonObject, jobs: readonly Json[]): readonly Json[] | undefined =>
  jobs.every(isObject) ? jobs.map((object) => ({ ...answer, object })) : undefined;

/** Devo's job requests, as its documentation shows their answers and as its clients read them. */
export const devo: Schema<DevoRecord> = schemaOf<DevoRecord>({
  name: "devo",
  title: "Devo job requests",
  version: "Query API v2",
  source: { title: "Devo documentation, Job requests" },
  system: "devo",
  forms: [answerForm, launchForm, jobForm, failureForm],
  list: listIn,
  text: (text, { lenient = false }) => parseWithCommas(text, lenient),
  derive: (job, identity) => [derived(job, identity)],
});
