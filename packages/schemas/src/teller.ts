import { hash } from "node:crypto";
import type { EventName, JobAttributes } from "@jobtrail/conventions";
import { cut, jobUid, runUid, secondsBetween, withoutSecrets } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Taken } from "./form.ts";
import { numberOf } from "./json.ts";
import type { Mark } from "./mark.ts";
import type { Meaning } from "./word.ts";

/** When a job's transitions happened, as far as the record says. */
export interface Times {
  readonly queued?: HrTime | undefined;
  readonly started?: HrTime | undefined;
  readonly ended?: HrTime | undefined;
}

/** What a record tells besides its fields. */
export interface Tale {
  /** What no documented word says is `job.run.progress`: how it was found, and no transition. */
  readonly event: EventName;
  readonly time?: HrTime | undefined;
  readonly attributes?: JobAttributes;
  readonly error?: JobError | undefined;
  /** What does not agree with the document. */
  readonly anomalies?: readonly string[];
}

/** Makes the events of one record. */
export interface Teller {
  /** `job.uid`; empty where the record tells of no job. */
  readonly uid: string;
  /** `job.run.uid` and `job.run.number` of the only run, or of the one that the record is marked with. */
  readonly run: Readonly<Pick<JobAttributes, "job.run.uid" | "job.run.number">>;
  /** Whose job it is that another system's record tells of. Of such a job nothing is told that is true of its own only. */
  readonly mark: Mark | undefined;
  /** When it was learned of, unless the record says. */
  readonly seen: HrTime;
  /** What the record's fields are as attributes. */
  readonly attributes: JobAttributes;
  /** The event that stands for the record: all that is in the record stands on it. */
  main(tale: Tale, seen?: HrTime): JobEvent;
  /**
   * Another event of the same job that the record tells of: `also("job.queued", time)`. Where there are several of
   * one name, each needs a `log.record.uid` of its own.
   */
  also(event: EventName, time: HrTime | undefined, attributes?: JobAttributes, own?: JobEvent["own"]): JobEvent;
}

/** What a teller begins with. */
export interface Given {
  readonly schema: string;
  readonly form: string;
  readonly system: string;
  /** The job's id, if it tells of one; the mark where the record says itself which job it is. */
  readonly id: string | undefined;
  readonly mark?: Mark | undefined;
  readonly taken: Taken;
  readonly seen: HrTime;
}

/** Makes the teller of a record. What it is given becomes its own. */
export function tellerOf({ schema, form, system, id, taken, seen, mark }: Given): Teller {
  const { attributes, own, ofJob, rest } = taken;
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
      const all: Told = { ...known, ...more };
      if (anomalies.length > 0) all["job.record.anomaly"] = cut(anomalies.join("; "), longestAnomaly);
      return eventOf(event, time, learned, all, { own, error });
    },
    also(event, time, more, names) {
      const all: Told = { ...ofJob, ...more };
      all["log.record.uid"] ??= `${all["job.run.uid"] ?? uid}-${event}`;
      return eventOf(event, time, seen, all, { own: names });
    },
  };
}

/** Attributes while they are put together; objects made of many spreads would cost more than all else. */
type Told = { -readonly [K in keyof JobAttributes]: JobAttributes[K] };

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

/** The events of a job that runs once: what its times tell, up to what its status means. */
export function lifeOf(
  teller: Teller,
  meaning: Meaning,
  times: Times,
  tale: Omit<Tale, "event" | "time">,
  seen?: HrTime,
): JobEvent[] {
  const { mark } = teller;
  const event = eventIn(meaning, mark);
  const { wait, duration, disorder } = spansOf(times);
  const run: Told = { ...teller.run };
  // When another system's job could have started is not known.
  if (wait !== undefined && wait >= 0 && mark === undefined) run["job.run.wait"] = wait;
  const events = earlier(teller, event, times, run);
  const told: Told = event.startsWith("job.run.") ? run : {};
  const isFinal = mark === undefined ? (meaning.mayGoOn === true ? undefined : true) : mark.run?.final;
  if (event === "job.run.ended" && isFinal !== undefined) told["job.run.final"] = isFinal;
  if (event === "job.run.ended" && duration !== undefined && duration >= 0) told["job.run.duration"] = duration;
  tellMeaning(meaning, told);
  const { attributes, error, anomalies = [] } = tale;
  const all = disorder.length === 0 ? anomalies : [...disorder, ...anomalies];
  const time = timeOf(event, times);
  events.push(teller.main({ event, time, attributes: { ...told, ...attributes }, error, anomalies: all }, seen));
  return events;
}

/** A job that is marked as one without a run ended without one. */
function eventIn({ event }: Meaning, mark: Mark | undefined): EventName {
  return event === "job.run.ended" && mark !== undefined && mark.run === undefined ? "job.ended" : event;
}

/** What the times tell of before an event. */
function earlier(teller: Teller, event: EventName, { queued, started }: Times, run: JobAttributes): JobEvent[] {
  const events: JobEvent[] = [];
  const hasStarted = event === "job.run.ended" || event === "job.run.progress";
  if (queued !== undefined && event !== "job.queued") events.push(teller.also("job.queued", queued));
  if (started !== undefined && hasStarted) events.push(teller.also("job.run.started", started, run));
  return events;
}

function tellMeaning({ state, result }: Meaning, told: Told): void {
  if (state !== undefined) told["job.state"] = state;
  if (result !== undefined) told["job.run.result"] = result;
}

const timeOf = (event: EventName, { queued, started, ended }: Times): HrTime | undefined =>
  event === "job.queued"
    ? queued
    : event === "job.run.started"
      ? started
      : event === "job.run.progress"
        ? undefined
        : ended;

/** How long it waited and worked; clocks that disagree give negative durations, which are told of and not kept. */
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

/** An error as its record tells it: a class or code, and a text, without what looks like a secret. */
export const errorIn = (type: string, message: string | null | undefined): JobError => ({
  type,
  ...(typeof message === "string" &&
    message !== "" && { message: cut(withoutSecrets(cut(message, 4096)), 2048).toWellFormed() }),
});
