import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "./event.ts";
import { keyOf } from "./key.ts";
import type { Key } from "./key.ts";
import { cut } from "./redact.ts";
import { wellFormed } from "./value.ts";

/** An event of which attributes can be asked by key, however it keeps them. */
export interface Reading {
  readonly name: EventName;
  readonly error?: JobError | undefined;
  /** Parts of its sentence that are known already. */
  readonly phrases?: Phrases | undefined;
  value(key: Key): unknown;
}

/** A flat event as one that can be asked. */
export const readingOf = ({ name, error, attributes }: JobEvent): Reading => ({
  name,
  error,
  value: (key) => attributes[key.name as keyof JobAttributes],
});

/** The parts of a sentence that many records share. */
export interface Phrases {
  /** How it begins: with what is done in which queue. */
  readonly subject: string;
  /** How it ends: with the job and the run. Absent until these are known. */
  readonly marks: string | undefined;
}

/** What a record's body says: one sentence for people that ends with job id, run number and the first digits of the uid, or with the record's own uid. */
export function sentenceOf(event: Reading): string {
  const { phrases } = event;
  const subject = phrases === undefined ? subjectOf(event) : phrases.subject;
  const said = sayings[event.name](event);
  return wellFormed(`${subject} ${said} (${phrases?.marks ?? marksOf(event)})`);
}

/** How a sentence begins: with what is done, and in which queue. */
export function subjectOf(event: Pick<Reading, "value">): string {
  const what = cut(textAt(event, nameKey) ?? textAt(event, scheduleKey) ?? "job", longestName);
  const queue = cut(textAt(event, queueKey) ?? what, longestName);
  return queue === what ? what : `${what} in ${queue}`;
}

const longestName = 100;
const longestReason = 200;

const nameKey = keyOf("job.name");
const scheduleKey = keyOf("job.schedule.id");
const queueKey = keyOf("job.queue.name");
const stateKey = keyOf("job.state");
const missedKey = keyOf("job.schedule.missed_count");
const progressKey = keyOf("job.progress");
const availableKey = keyOf("job.available_at");
const reasonKey = keyOf("job.reason");
const gapKey = keyOf("job.gap.count");
const resultKey = keyOf("job.run.result");
const finalKey = keyOf("job.run.final");
const durationKey = keyOf("job.run.duration");
const idKey = keyOf("job.id");
const runKey = keyOf("job.run.number");
const uidKey = keyOf("job.uid");
const recordKey = keyOf("log.record.uid");

const textAt = (event: Pick<Reading, "value">, key: Key): string | undefined => event.value(key) as string | undefined;

const sayings: Readonly<Record<EventName, (event: Reading) => string>> = {
  "job.schedule.created": () => "was scheduled",
  "job.schedule.paused": () => "was paused",
  "job.schedule.resumed": () => "was resumed",
  "job.schedule.deleted": () => "is scheduled no more",
  "job.schedule.missed": (event) => `missed ${textAt(event, missedKey) ?? 1} of its times`,
  "job.queued": (event) => (event.value(stateKey) === "scheduled" ? "was queued for later" : "was queued"),
  "job.deduplicated": () => "was asked for again and stands for both",
  "job.restarted": () => "was started again",
  "job.run.started": () => "started",
  "job.run.progress": (event) => `is at ${textAt(event, progressKey) ?? "work"}`,
  "job.run.heartbeat": () => "is still at work",
  "job.stalled": () => "stalled",
  "job.run.ended": ended,
  "job.retry_scheduled": (event) => `will be tried again at ${cut(textAt(event, availableKey) ?? "once", longestName)}`,
  "job.ended": ended,
  "job.stopped": (event) => `was stopped${because(textAt(event, reasonKey))}`,
  "job.removed": (event) => `was removed${because(textAt(event, reasonKey))}`,
  "job.log.gap": (event) => `lost ${textAt(event, gapKey) ?? "some"} records`,
};

const outcomes: Readonly<Record<string, string>> = {
  success: "succeeded",
  failure: "failed",
  error: "broke off",
  timeout: "ran out of time",
  cancellation: "was cancelled",
  skip: "was skipped",
  deferred: "put itself back",
};

function ended(event: Reading): string {
  const { error } = event;
  const outcome = outcomes[textAt(event, resultKey) ?? ""] ?? "ended";
  const duration = event.value(durationKey) as number | undefined;
  const after = duration === undefined ? "" : ` after ${round(duration)} s`;
  if (error === undefined) return `${outcome}${after}`;
  const forGood = event.value(finalKey) === true ? " for good" : "";
  return `${outcome}${forGood}${after}${because(error.message ?? error.type)}`;
}

const because = (reason: string | undefined): string =>
  reason === undefined ? "" : `: ${cut(reason, longestReason)}`.replaceAll("\n", " ");

const round = (seconds: number): number => Number(seconds.toPrecision(3));

/** How a sentence ends: with the job and the run. */
export function marksOf(event: Pick<Reading, "value">): string {
  const id = textAt(event, idKey);
  const run = event.value(runKey) as number | undefined;
  const uid = textAt(event, uidKey);
  let text = id === undefined ? "" : `job ${cut(id, longestName)}`;
  if (run !== undefined) text = text === "" ? `run ${run}` : `${text}, run ${run}`;
  if (uid !== undefined) text = text === "" ? uid.slice(0, 8) : `${text}, ${uid.slice(0, 8)}`;
  // What is of no job needs another mark: some stores drop entries of one time and one text.
  return text === "" ? `record ${textAt(event, recordKey) ?? "unknown"}` : text;
}
