import type { EventName, JobAttributes } from "@jobtrail/conventions";
import { cut, withoutSecrets } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import { numberOf } from "../json.ts";
import type { Digits } from "../json.ts";
import type { Mark } from "../mark.ts";
import { timeIn } from "../moment.ts";
import { errorIn } from "../builder.ts";
import type { EventParts, EventBuilder } from "../builder.ts";
import { understood } from "../word.ts";
import type { Meaning } from "../word.ts";
import { failed } from "./derive.ts";
import type { DevoAnswer, DevoEnvelope, DevoFailure, DevoJob, DevoLaunch } from "./record.ts";
import { find, nameOfCode, statuses } from "./word.ts";

/** The event of an answer about a job. */
export const readAnswer = (answer: DevoAnswer, builder: EventBuilder): JobEvent[] =>
  readJob(answer.object, builder, answer);

/**
 * The event of a job by itself. Devo has no time at which a job started or ended: its events have none, and
 * were seen when the answer says that it was given, else when it was read. Nor can one run be distinguished from the next,
 * for a stopped job is started again under the same id.
 */
export function readJob(job: DevoJob, builder: EventBuilder, envelope: DevoEnvelope = {}): JobEvent[] {
  const { mark } = builder;
  const { meaning, anomalies } = understood({
    field: "status",
    word: job.status,
    listed: statuses,
    find,
    hasEnded: false,
    mark,
  });
  const event = eventOf(meaning, mark);
  const outcome = outcomeOf(job, meaning, mark);
  const parts: EventParts = {
    event,
    attributes: { ...actorOf(job, builder), ...reasonIn(envelope), ...runIn(event, builder), ...outcome.attributes },
    error: outcome.error,
    anomalies,
  };
  return [builder.main(parts, seenIn(envelope) ?? builder.seen)];
}

/** A job that is marked as one without a run has ended, or waits, without one. */
function eventOf({ event }: Meaning, mark: Mark | undefined): EventName {
  if (mark === undefined || mark.run !== undefined || !event.startsWith("job.run.")) return event;
  return event === "job.run.ended" ? "job.ended" : "job.queued";
}

/** The run of another system's job that a record describes, where it names one. */
const runIn = (event: EventName, { mark, run }: EventBuilder): JobAttributes =>
  event.startsWith("job.run.") && mark?.run?.uid !== undefined ? run : {};

/** The event of the answer to a query with a destination. */
export const readLaunch = (launch: DevoLaunch, builder: EventBuilder): JobEvent[] => [
  builder.main(
    { event: "job.queued", attributes: { "job.state": "waiting", ...reasonIn(launch) } },
    seenIn(launch) ?? builder.seen,
  ),
];

/** The event of an answer about no job: what was asked for was not learned. */
export const readFailure = (failure: DevoFailure, builder: EventBuilder): JobEvent[] => [
  builder.main(
    { event: "job.log.gap", attributes: reasonIn(failure), error: errorOf(failure) },
    seenIn(failure) ?? builder.seen,
  ),
];

const seenIn = ({ timestamp }: DevoEnvelope): JobEvent["time"] => timeIn(timestamp);

/** Whoever another system's job belongs to need be no user. */
const actorOf = ({ owner }: DevoJob, { mark }: EventBuilder): JobAttributes =>
  owner === undefined || owner === null || owner === "" || mark !== undefined ? {} : { "job.actor.type": "user" };

type Outcome = Pick<EventParts, "attributes" | "error">;

/** That a job is over does not say that its events arrived, nor who stopped it: its errors do. */
function outcomeOf(job: DevoJob, meaning: Meaning, mark: Mark | undefined): Outcome {
  const { state, result } = meaning;
  const errors = job.error?.filter((text) => text !== "");
  if (result === undefined || (errors === undefined && state === "stopped"))
    return { attributes: { ...stateOf(meaning), ...(meaning.event === "job.run.ended" && finalOf(meaning, mark)) } };
  const over = { ...stateOf(meaning), ...finalOf(meaning, mark), "job.run.result": result };
  if (errors === undefined || errors.length === 0) return { attributes: over };
  const isDone = state === "completed" && (mark !== undefined || hasSent(job));
  if (isDone) return { attributes: { ...over, "job.run.warnings": warningsOf(errors) } };
  const failure: JobAttributes = {
    "job.state": state === "completed" ? "failed" : "stopped",
    "job.run.result": "failure",
  };
  return { attributes: { ...over, ...failure }, error: jobErrorIn(errors, mark) };
}

const stateOf = ({ state }: Meaning): JobAttributes => (state === undefined ? {} : { "job.state": state });

/** What is stopped may be started again; of another system's job its record says whether that was its end. */
function finalOf({ state }: Meaning, mark: Mark | undefined): JobAttributes {
  const isFinal = mark === undefined ? state === "completed" || undefined : mark.run?.final;
  return isFinal === undefined ? {} : { "job.run.final": isFinal };
}

/** Of another system's job an error without a text stands by its type, and for none a word. */
function jobErrorIn(errors: readonly string[], mark: Mark | undefined): JobError | undefined {
  const [type = "_OTHER"] = errors;
  if (mark?.derived.includes("object.error") !== true) return errorIn("_OTHER", errors.join("; "));
  return type === failed ? undefined : errorIn(cut(type, longestType), undefined);
}

const longestType = 128;

const hasSent = ({ eventsSent, extra }: DevoJob): boolean => isMany(eventsSent) || isMany(extra?.emailsSended);

const isMany = (count: Digits | null | undefined): boolean =>
  count !== undefined && count !== null && numberOf(count) > 0;

const mostWarnings = 32;
const longestWarning = 160;

const warningsOf = (errors: readonly string[]): readonly string[] =>
  errors
    .slice(0, mostWarnings)
    .map((text) => cut(withoutSecrets(cut(text, 4 * longestWarning)), longestWarning).toWellFormed());

const codeIn = ({ status }: Pick<DevoEnvelope, "status">): number | undefined =>
  status === undefined || status === null ? undefined : numberOf(status);

const longestReason = 1024;

/** Why a request was not done; of a job by itself nothing is known. */
function reasonIn(envelope: DevoEnvelope): JobAttributes {
  const code = codeIn(envelope);
  if (code === undefined || code === 0) return {};
  const name = nameOfCode(code) ?? `code ${code}`;
  const text = textOf(envelope);
  const reason = withoutSecrets(cut(text === undefined ? name : `${name}: ${text}`, 4 * longestReason));
  return { "job.reason": cut(reason, longestReason).toWellFormed() };
}

/** What a request's answer says went wrong: it has several places for it. */
function textOf({ error, msg, object }: DevoEnvelope & { readonly object?: unknown }): string | undefined {
  const parts = Array.isArray(object) ? object.join(": ") : undefined;
  const texts = [typeof error === "string" ? error : error?.message, msg, parts];
  return texts.find((text): text is string => typeof text === "string" && text !== "");
}

function errorOf(failure: DevoFailure): JobError | undefined {
  const code = codeIn(failure);
  const text = textOf(failure);
  if ((code === undefined || code === 0) && text === undefined) return undefined;
  return errorIn((code === undefined ? undefined : nameOfCode(code)) ?? "_OTHER", text);
}
