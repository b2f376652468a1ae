import { events } from "@jobtrail/conventions";
import type { EventName } from "@jobtrail/conventions";
import { keyOf } from "./key.ts";
import { isFailure } from "./meaning.ts";
import type { Reading } from "./sentence.ts";

/** OTel severity number: the event's own, raised where a run or a job failed. */
export function severity(event: Reading): number {
  const own = ownSeverity.get(event.name) ?? 9;
  if (event.name !== "job.run.ended" && event.name !== "job.ended") return own;
  const failed = isFailure(event.value(resultKey) as string | undefined);
  if (event.name === "job.run.ended" && failed) return event.value(finalKey) === true ? 17 : 13;
  if (event.name === "job.ended" && (failed || event.value(stateKey) === "failed")) return 17;
  return own;
}

const resultKey = keyOf("job.run.result");
const finalKey = keyOf("job.run.final");
const stateKey = keyOf("job.state");

const ownSeverity: ReadonlyMap<EventName, number> = new Map(
  Object.entries(events).map(([name, row]) => [name as EventName, row.severity]),
);
