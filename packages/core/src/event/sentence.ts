import type { EventName } from "@jobtrail/conventions";
import type { JobEvent } from "./event.ts";
import { cut } from "./redact.ts";
import { wellFormed } from "./value.ts";

/** What a record's body says: one sentence for people that ends with job id, run number and the first digits of the uid, or with the record's own uid. */
export function sentence(event: JobEvent): string {
  const { attributes } = event;
  const what = cut(attributes["job.name"] ?? attributes["job.schedule.id"] ?? "job", longestName);
  const queue = cut(attributes["job.queue.name"] ?? what, longestName);
  const said = phrases[event.name](event);
  return wellFormed(`${what}${queue === what ? "" : ` in ${queue}`} ${said} ${marks(event)}`);
}

const longestName = 100;
const longestReason = 200;

const phrases: Readonly<Record<EventName, (event: JobEvent) => string>> = {
  "job.schedule.created": () => "was scheduled",
  "job.schedule.paused": () => "was paused",
  "job.schedule.resumed": () => "was resumed",
  "job.schedule.deleted": () => "is scheduled no more",
  "job.schedule.missed": ({ attributes }) => `missed ${attributes["job.schedule.missed_count"] ?? 1} of its times`,
  "job.queued": ({ attributes }) => `was queued${attributes["job.state"] === "scheduled" ? " for later" : ""}`,
  "job.deduplicated": () => "was asked for again and stands for both",
  "job.restarted": () => "was started again",
  "job.run.started": () => "started",
  "job.run.progress": ({ attributes }) => `is at ${attributes["job.progress"] ?? "work"}`,
  "job.run.heartbeat": () => "is still at work",
  "job.stalled": () => "stalled",
  "job.run.ended": ended,
  "job.retry_scheduled": ({ attributes }) =>
    `will be tried again at ${cut(attributes["job.available_at"] ?? "once", longestName)}`,
  "job.ended": ended,
  "job.removed": ({ attributes }) => `was removed${because(attributes["job.reason"])}`,
  "job.log.gap": ({ attributes }) => `lost ${attributes["job.gap.count"] ?? "some"} records`,
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

function ended({ attributes, error }: JobEvent): string {
  const outcome = outcomes[attributes["job.run.result"] ?? ""] ?? "ended";
  const duration = attributes["job.run.duration"];
  const forGood = attributes["job.run.final"] === true && error !== undefined ? " for good" : "";
  return `${outcome}${forGood}${duration === undefined ? "" : ` after ${round(duration)} s`}${because(error?.message ?? error?.type)}`;
}

const because = (reason: string | undefined): string =>
  reason === undefined ? "" : `: ${cut(reason, longestReason)}`.replaceAll("\n", " ");

const round = (seconds: number): number => Number(seconds.toPrecision(3));

function marks({ attributes }: JobEvent): string {
  const id = attributes["job.id"];
  const run = attributes["job.run.number"];
  const uid = attributes["job.uid"]?.slice(0, 8);
  const parts = [id !== undefined && `job ${cut(id, longestName)}`, run !== undefined && `run ${run}`, uid];
  const known = parts.filter((part) => typeof part === "string");
  // What is of no job needs another mark: some stores drop entries of one time and one text.
  return `(${known.length > 0 ? known.join(", ") : `record ${attributes["log.record.uid"] ?? "unknown"}`})`;
}
