import type { EventName, JobAttributes, RecordSource, Scope } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { rowOf } from "../event/key.ts";

/** How good a source is, best first; sources that saw the event itself, in whatever way, have one rank. */
const ranks: Readonly<Record<RecordSource, number>> = {
  hook: 0,
  stream: 1,
  poll: 1,
  webhook: 1,
  import: 2,
  reconciliation: 3,
  inferred: 4,
};

/** The rank of an event's source; lower is better. A record that does not say how it is known counts as imported. */
export const rankOf = ({ attributes }: JobEvent): number => ranks[attributes["job.record.source"] ?? "import"];

/** Whether nobody saw it happen. */
export const isInferred = ({ attributes }: JobEvent): boolean => attributes["job.record.source"] === "inferred";

/** The best source's first event of a name. */
export function best(events: readonly JobEvent[], name: EventName): JobEvent | undefined {
  let found: JobEvent | undefined;
  for (const event of events)
    if (event.name === name && (found === undefined || rankOf(event) < rankOf(found))) found = event;
  return found;
}

/** Attributes of an outcome: they are taken together from one record, not each from the best source. */
const outcomeKeys: ReadonlySet<string> = new Set([
  "job.run.result",
  "job.run.final",
  "job.run.duration",
  "error.type",
  "exception.message",
  "exception.stacktrace",
]);

/** The attributes of some scopes, each from the best source, and of one source the first or the last by the registry. */
export function merged(events: readonly JobEvent[], scopes: readonly Scope[]): JobAttributes {
  const values: Record<string, unknown> = {};
  const from: Record<string, number> = {};
  for (const event of events) {
    const rank = rankOf(event);
    for (const key in event.attributes) {
      const row = rowOf(key);
      if (row === undefined || !scopes.includes(row.scope) || outcomeKeys.has(key)) continue;
      if (row.scope === "job" && describesCaller(event, key)) continue;
      const before = from[key] ?? Infinity;
      if (rank > before || (rank === before && row.merge === "first")) continue;
      values[key] = event.attributes[key as "job.id"];
      from[key] = rank;
    }
  }
  return values as JobAttributes;
}

/**
 * Whether an attribute describes whoever caused this event. For `job.deduplicated` that is all but the id; for
 * restart, stop, end and removal it is the actor and scope. They must not overwrite the job's own.
 */
const describesCaller = ({ name }: JobEvent, key: string): boolean =>
  (name === "job.deduplicated" && key !== "job.id") ||
  (causedByAnyone.has(name) && (key.startsWith("job.actor.") || key.startsWith("job.scope.")));

/** Events that someone other than whoever asked for the job may cause. */
const causedByAnyone: ReadonlySet<EventName> = new Set(["job.restarted", "job.stopped", "job.ended", "job.removed"]);
