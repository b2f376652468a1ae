import type { HrTime } from "@opentelemetry/api";
import type { EventName } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { secondsBetween } from "../event/time.ts";
import { skewSeconds } from "./group.ts";
import { timeOf } from "./order.ts";

/**
 * Events without a run's uid, by run: an end, a retry or a stall closes a run, a start opens the next.
 */
export function unnamedRuns(events: readonly JobEvent[]): JobEvent[][] {
  const runs: Open[] = [];
  for (const event of events) {
    let run = runs.at(-1);
    if (run === undefined || opensAnother(run, event)) runs.push((run = { events: [] }));
    run.events.push(event);
    if (event.name === "job.run.started") run.started ??= timeOf(event);
    if (closing.has(event.name)) run.closed = timeOf(event);
  }
  return runs.map((run) => run.events);
}

interface Open {
  readonly events: JobEvent[];
  started?: HrTime;
  closed?: HrTime;
}

/** Events after which a run is not at work any more. */
export const closing: ReadonlySet<EventName> = new Set(["job.run.ended", "job.retry_scheduled", "job.stalled"]);

/**
 * Whether an event belongs to another run than the last. An event without a time of its own confirms a run and
 * opens none, unless it is a start after the end.
 */
function opensAnother({ started, closed }: Open, event: JobEvent): boolean {
  if (event.name === "job.run.started" && closed !== undefined) return true;
  if (event.name === "job.retry_scheduled" || event.name === "job.stalled" || event.time === undefined) return false;
  const since = event.name === "job.run.started" ? started : closed;
  return since !== undefined && secondsBetween(since, event.time) > skewSeconds;
}
