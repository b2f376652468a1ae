import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "./event.ts";
import { cut } from "./redact.ts";
import { wellFormed } from "./value.ts";

/** An event of which attributes can be asked by name, however it keeps them. */
export interface Reading {
  readonly name: EventName;
  readonly error?: JobError | undefined;
  get<K extends keyof JobAttributes>(name: K): JobAttributes[K];
}

/** A flat event as one that can be asked. */
export const readingOf = ({ name, error, attributes }: JobEvent): Reading => ({
  name,
  error,
  get: (key) => attributes[key],
});

/** What a record's body says: one sentence for people that ends with job id, run number and the first digits of the uid, or with the record's own uid. */
export function sentenceOf(event: Reading): string {
  const what = cut(event.get("job.name") ?? event.get("job.schedule.id") ?? "job", longestName);
  const queue = cut(event.get("job.queue.name") ?? what, longestName);
  const said = phrases[event.name](event);
  return wellFormed(`${what}${queue === what ? "" : ` in ${queue}`} ${said} ${marks(event)}`);
}

const longestName = 100;
const longestReason = 200;

const phrases: Readonly<Record<EventName, (event: Reading) => string>> = {
  "job.schedule.created": () => "was scheduled",
  "job.schedule.paused": () => "was paused",
  "job.schedule.resumed": () => "was resumed",
  "job.schedule.deleted": () => "is scheduled no more",
  "job.schedule.missed": (event) => `missed ${event.get("job.schedule.missed_count") ?? 1} of its times`,
  "job.queued": (event) => `was queued${event.get("job.state") === "scheduled" ? " for later" : ""}`,
  "job.deduplicated": () => "was asked for again and stands for both",
  "job.restarted": () => "was started again",
  "job.run.started": () => "started",
  "job.run.progress": (event) => `is at ${event.get("job.progress") ?? "work"}`,
  "job.run.heartbeat": () => "is still at work",
  "job.stalled": () => "stalled",
  "job.run.ended": ended,
  "job.retry_scheduled": (event) =>
    `will be tried again at ${cut(event.get("job.available_at") ?? "once", longestName)}`,
  "job.ended": ended,
  "job.stopped": (event) => `was stopped${because(event.get("job.reason"))}`,
  "job.removed": (event) => `was removed${because(event.get("job.reason"))}`,
  "job.log.gap": (event) => `lost ${event.get("job.gap.count") ?? "some"} records`,
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
  const outcome = outcomes[event.get("job.run.result") ?? ""] ?? "ended";
  const duration = event.get("job.run.duration");
  const forGood = event.get("job.run.final") === true && error !== undefined ? " for good" : "";
  return `${outcome}${forGood}${duration === undefined ? "" : ` after ${round(duration)} s`}${because(error?.message ?? error?.type)}`;
}

const because = (reason: string | undefined): string =>
  reason === undefined ? "" : `: ${cut(reason, longestReason)}`.replaceAll("\n", " ");

const round = (seconds: number): number => Number(seconds.toPrecision(3));

function marks(event: Reading): string {
  const id = event.get("job.id");
  const run = event.get("job.run.number");
  const uid = event.get("job.uid");
  let text = id === undefined ? "" : `job ${cut(id, longestName)}`;
  if (run !== undefined) text = text === "" ? `run ${run}` : `${text}, run ${run}`;
  if (uid !== undefined) text = text === "" ? uid.slice(0, 8) : `${text}, ${uid.slice(0, 8)}`;
  // What is of no job needs another mark: some stores drop entries of one time and one text.
  return text === "" ? `(record ${event.get("log.record.uid") ?? "unknown"})` : `(${text})`;
}
