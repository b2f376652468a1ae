import { hash } from "node:crypto";
import type { EventName, JobAttributes } from "@jobtrail/conventions";
import { cut, jobUid, runUid, secondsBetween, withoutSecrets } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { FieldValues } from "./field-values.ts";
import { numberOf } from "./json.ts";
import type { Mark } from "./mark.ts";
import type { Meaning } from "./word.ts";

/** When a job's transitions happened, as far as the record says. */
export interface Times {
  readonly queued?: HrTime | undefined;
  readonly started?: HrTime | undefined;
  readonly ended?: HrTime | undefined;
}

/** What an event has besides the fields of its record. */
export interface EventParts {
  /** What no documented word says is `job.run.progress`: how it was found, and no transition. */
  readonly event: EventName;
  readonly time?: HrTime | undefined;
  readonly attributes?: JobAttributes;
  readonly error?: JobError | undefined;
  /** What does not agree with the document. */
  readonly anomalies?: readonly string[];
}

/** Makes the events of one record. */
export interface EventBuilder {
  /** `job.uid`; empty for a record that belongs to no job. */
  readonly uid: string;
  /** `job.run.uid` and `job.run.number` of the only run, or of the one that the record is marked with. */
  readonly run: Readonly<Pick<JobAttributes, "job.run.uid" | "job.run.number">>;
  /** The mark of a record that was derived from another system's job: then nothing may be concluded that only holds for the schema's own jobs. */
  readonly mark: Mark | undefined;
  /** When it was learned of, unless the record says. */
  readonly seen: HrTime;
  /** What the record's fields are as attributes. */
  readonly attributes: JobAttributes;
  /** The event that stands for the record: all that is in the record stands on it. */
  main(parts: EventParts, seen?: HrTime): JobEvent;
  /**
   * Another event of the same job that follows from the record: `also("job.queued", time)`. Where there are several of
   * one name, each needs a `log.record.uid` of its own.
   */
  also(event: EventName, time: HrTime | undefined, attributes?: JobAttributes, own?: JobEvent["own"]): JobEvent;
}

/** What a builder begins with. */
export interface Given {
  readonly schema: string;
  readonly form: string;
  readonly system: string;
  /** The job's id, if the record belongs to one; the mark, if the record names its job itself. */
  readonly id: string | undefined;
  readonly mark?: Mark | undefined;
  readonly fields: FieldValues;
  readonly seen: HrTime;
}

/** Makes the builder of a record. What it is given becomes its own. */
export function builderOf({ schema, form, system, id, fields, seen, mark }: Given): EventBuilder {
  const { attributes, own, ofJob, rest } = fields;
  const uid = mark?.uid ?? (id === undefined ? "" : jobUid({ system, id }));
  // The same record read twice is one: what makes it itself is all that it says.
  const recordUid = hash("sha256", JSON.stringify([schema, form, uid, attributes, own, rest])).slice(0, 32);
  for (const each of [attributes, ofJob]) {
    each["job.system.name"] ??= system;
    if (uid !== "") each["job.uid"] = uid;
    each["job.record.source"] = "import";
  }
  attributes["job.record.schema"] = schema;
  attributes["job.record.form"] = form;
  if (rest !== undefined) attributes["job.record.rest"] = rest;
  attributes["log.record.uid"] = recordUid;
  const known = attributes as JobAttributes;
  return {
    uid,
    run: { "job.run.uid": mark?.run?.uid ?? runUid(uid, 1), "job.run.number": numberOf(mark?.run?.number ?? 1) },
    mark,
    seen,
    attributes: known,
    main({ event, time, attributes: more, error, anomalies = [] }, learned = seen) {
      const all: Mutable = { ...known, ...more };
      if (anomalies.length > 0) all["job.record.anomaly"] = cut(anomalies.join("; "), longestAnomaly);
      return eventOf(event, time, learned, all, { own, error });
    },
    also(event, time, more, names) {
      const all: Mutable = { ...ofJob, ...more };
      all["log.record.uid"] ??= `${all["job.run.uid"] ?? uid}-${event}`;
      return eventOf(event, time, seen, all, { own: names });
    },
  };
}

/** Attributes while they are put together; objects made of many spreads would cost more than all else. */
type Mutable = { -readonly [K in keyof JobAttributes]: JobAttributes[K] };

function eventOf(
  name: EventName,
  time: HrTime | undefined,
  seen: HrTime,
  attributes: JobAttributes,
  { own, error }: { readonly own?: JobEvent["own"] | undefined; readonly error?: JobError | undefined },
): JobEvent {
  const event: { -readonly [K in keyof JobEvent]: JobEvent[K] } = { name, seen, attributes };
  if (time !== undefined) event.time = time;
  if (own !== undefined) event.own = own;
  if (error !== undefined) event.error = error;
  return event;
}

const longestAnomaly = 512;

/** The events of a job that runs once: one for each time that the record has, up to the event that its status means. */
export function lifeOf(
  builder: EventBuilder,
  meaning: Meaning,
  times: Times,
  parts: Omit<EventParts, "event" | "time">,
  seen?: HrTime,
): JobEvent[] {
  const { mark } = builder;
  const event = eventIn(meaning, mark);
  const { wait, duration, disorder } = spansOf(times);
  const run: Mutable = { ...builder.run };
  // When another system's job could have started is not known.
  if (wait !== undefined && wait >= 0 && mark === undefined) run["job.run.wait"] = wait;
  const events = earlier(builder, event, times, run);
  const runAttributes: Mutable = event.startsWith("job.run.") ? run : {};
  const isFinal = mark === undefined ? (meaning.mayGoOn === true ? undefined : true) : mark.run?.final;
  if (event === "job.run.ended" && isFinal !== undefined) runAttributes["job.run.final"] = isFinal;
  if (event === "job.run.ended" && duration !== undefined && duration >= 0)
    runAttributes["job.run.duration"] = duration;
  addMeaning(meaning, runAttributes);
  const { attributes, error, anomalies = [] } = parts;
  const all = disorder.length === 0 ? anomalies : [...disorder, ...anomalies];
  const time = timeOf(event, times);
  events.push(
    builder.main({ event, time, attributes: { ...runAttributes, ...attributes }, error, anomalies: all }, seen),
  );
  return events;
}

/** A job that is marked as one without a run ended without one. */
function eventIn({ event }: Meaning, mark: Mark | undefined): EventName {
  return event === "job.run.ended" && mark !== undefined && mark.run === undefined ? "job.ended" : event;
}

/** The events before the main one, from the times that the record has. */
function earlier(builder: EventBuilder, event: EventName, { queued, started }: Times, run: JobAttributes): JobEvent[] {
  const events: JobEvent[] = [];
  const hasStarted = event === "job.run.ended" || event === "job.run.progress";
  if (queued !== undefined && event !== "job.queued") events.push(builder.also("job.queued", queued));
  if (started !== undefined && hasStarted) events.push(builder.also("job.run.started", started, run));
  return events;
}

function addMeaning({ state, result }: Meaning, runAttributes: Mutable): void {
  if (state !== undefined) runAttributes["job.state"] = state;
  if (result !== undefined) runAttributes["job.run.result"] = result;
}

const timeOf = (event: EventName, { queued, started, ended }: Times): HrTime | undefined =>
  event === "job.queued"
    ? queued
    : event === "job.run.started"
      ? started
      : event === "job.run.progress"
        ? undefined
        : ended;

/** How long it waited and worked; clocks that disagree give negative durations, which are reported as an anomaly and not kept. */
function spansOf({ queued, started, ended }: Times): {
  readonly wait: number | undefined;
  readonly duration: number | undefined;
  readonly disorder: readonly string[];
} {
  const wait = queued === undefined || started === undefined ? undefined : secondsBetween(queued, started);
  const duration = started === undefined || ended === undefined ? undefined : secondsBetween(started, ended);
  const disorder: string[] = [];
  if (wait !== undefined && wait < 0) disorder.push("it started before it was queued");
  if (duration !== undefined && duration < 0) disorder.push("it ended before it started");
  return { wait, duration, disorder };
}

/** The error that a record describes: a class or code, and a text without what looks like a secret. */
export const errorIn = (type: string, message: string | null | undefined): JobError => ({
  type,
  ...(typeof message === "string" &&
    message !== "" && { message: cut(withoutSecrets(cut(message, 4096)), 2048).toWellFormed() }),
});
