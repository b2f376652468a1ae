import { isRefusal, toRecord } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import type { Identity, Schema } from "@jobtrail/schemas";
import { failure } from "../errors.ts";
import { EventsByJob } from "./jobs.ts";
import { other, rejected } from "./reader.ts";
import type { Origin, Other, Rejected, Events } from "./reader.ts";

/** What is written: a line of text, and how many records are in it. */
export interface Written {
  readonly kind: "written";
  readonly text: string;
  readonly count: number;
  /** The record, where the line is one. */
  readonly record?: object;
}

/** What becomes of an item. */
export type Result = Written | Rejected | Other;

/** Writes events in a format, each as soon as possible. */
export interface Target extends Disposable {
  take(events: Events): Iterable<Result>;
  /** Writes what waited for the end. */
  finish(): Iterable<Result>;
}

/** What cannot be known of any record and has to be set: the work ends. */
const missing = ({ path, expected }: Refusal): Error =>
  failure("JOBTRAIL_SETTING_MISSING", { setting: path, expected });

const written = (record: object): Written => ({ kind: "written", text: JSON.stringify(record), count: 1, record });

/** Job events as JSON. */
export const toEvents = (): Target => ({
  take: ({ events }) => events.map(written),
  finish: () => [],
  [Symbol.dispose]: () => undefined,
});

/** How many records a request has at most. */
const most = 64;

/** Requests of OTLP as JSON. */
export function toOtlp(service: string): Target {
  const own: Origin = { resource: { attributes: { "service.name": service } }, scope: { name: "@jobtrail/schemas" } };
  let waiting: Received[] = [];
  const request = (): Written => {
    const text = Buffer.from(encodeLogs(waiting, "json")).toString();
    const count = waiting.length;
    waiting = [];
    return { kind: "written", text, count };
  };
  return {
    *take({ events, origin = own }) {
      for (const event of events) {
        waiting.push({ record: toRecord(event), ...origin });
        if (waiting.length === most) yield request();
      }
    },
    *finish() {
      if (waiting.length > 0) yield request();
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** Records of a schema from records of the same: one for one. */
export const toSame = (schema: Schema<object>, identity: Identity): Target => ({
  take: ({ events }) => results(schema, events, identity),
  finish: () => [],
  [Symbol.dispose]: () => undefined,
});

/** Records of a schema from anything: its own at once, the jobs of others when all their events are known. */
export function toRecords(schema: Schema<object>, identity: Identity): Target {
  const jobs = new EventsByJob();
  return {
    *take({ events }) {
      for (const event of events) {
        const { "job.uid": job, "job.id": id, "job.record.schema": of } = event.attributes;
        if (of === schema.name) {
          yield* results(schema, [event], identity);
          if (job !== undefined) jobs.leaveOut(job);
        } else if (job === undefined && id === undefined) yield other;
        else jobs.add(event);
      }
    },
    *finish() {
      for (const events of jobs.all()) yield* results(schema, events, identity);
    },
    [Symbol.dispose]: () => jobs[Symbol.dispose](),
  };
}

function results(schema: Schema<object>, events: readonly JobEvent[], identity: Identity): readonly Result[] {
  const records = schema.write(events, identity);
  if (!isRefusal(records)) return records.map(written);
  if (records.path.startsWith("JOBTRAIL_")) throw missing(records);
  const { "job.uid": uid, "job.id": id } = events[0]?.attributes ?? {};
  return [rejected(records, { "job.uid": uid, "job.id": id })];
}
