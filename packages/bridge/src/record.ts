import { isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Json, JsonObject, Reading, Schema } from "@jobtrail/schemas";
import type { Surroundings } from "./source.ts";

/** A record of a text; one that is refused is kept aside, and nothing is given. */
export function recordIn<R extends object>(
  schema: Schema<R>,
  input: string | JsonObject,
  { reject }: Surroundings,
  how?: Reading,
): R | undefined {
  const record = schema.parse(input, how);
  if (!isRefusal(record)) return record;
  reject(record, redacted(schema, input, how));
  return undefined;
}

/** What may be shown of what was refused: its secrets are replaced; a text that is no record at all is not shown. */
function redacted<R extends object>(schema: Schema<R>, input: string | JsonObject, how?: Reading): Json | undefined {
  const list = schema.list(input, how);
  const [record] = isRefusal(list) ? [] : list;
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  return schema.redact(record as unknown as R) as unknown as Json;
}

/** Events of a record as a bridge sends them: each says how it was learned of. */
export const learnedBy = (
  events: readonly JobEvent[],
  source: "poll" | "webhook" | "import" | "reconciliation",
): JobEvent[] =>
  events.map((event) => ({ ...event, attributes: { ...event.attributes, "job.record.source": source } }));

/** Events that happened well after they were read say so: one of the clocks is wrong. */
export const withFuture = (events: readonly JobEvent[], at: number, now: number): readonly JobEvent[] =>
  at <= now + farMs
    ? events
    : events.map((event) => ({
        ...event,
        attributes: {
          ...event.attributes,
          "job.record.anomaly": `it says that it happens ${Math.round((at - now) / 60_000)} min after it was read`,
        },
      }));

const farMs = 3_600_000;

/** Whether these events end a run or a job. */
export const hasEnd = (events: readonly JobEvent[]): boolean => events.some(({ name }) => ends.has(name));

const ends: ReadonlySet<string> = new Set(["job.run.ended", "job.ended", "job.removed"]);
