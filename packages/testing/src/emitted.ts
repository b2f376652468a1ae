import { fromRecord, isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { PointData, Received, SpanData } from "@jobtrail/otlp";

/** What was emitted, however it was caught. */
export interface Emitted {
  /** The log records, in the order in which they came. */
  records(): readonly Received[];
  /** The job events among the records. @throws Error where a record of ours cannot be read. */
  events(): readonly JobEvent[];
  /** The spans that have ended. */
  spans(): readonly SpanData[];
  /** The metric points as they are now: of each series the last. */
  points(): Promise<readonly PointData[]>;
}

/** Whether telemetry comes from Jobtrail, and not from the app or from another library. */
export const isOurs = ({ scope }: Pick<SpanData, "scope">): boolean => scope.name.startsWith("@jobtrail/");

/** The job events among records; other programs' records are left out. @throws Error where one of ours cannot be read. */
export const eventsOf = (records: readonly Received[]): readonly JobEvent[] =>
  records.filter(isOurs).map(({ record }) => {
    const event = fromRecord(record);
    if (!isRefusal(event)) return event;
    throw new Error(`A record cannot be read: ${event.path} is ${event.found}; expected ${event.expected}.`);
  });
