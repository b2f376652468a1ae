import { randomBytes } from "node:crypto";
import { fromMillis, isoOfMillis, jobUid, runUid, toMillis, toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { stamp } from "@jobtrail/core/recorder";
import { encodeLogs } from "@jobtrail/otlp";
import type { Encoding, Received } from "@jobtrail/otlp";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import type { Signal } from "./header.ts";

/** A job that never ran, to test whether a backend accepts one. */
export interface Sample {
  /** Its `job.uid`, to search for in the backend. */
  readonly uid: string;
  /** The request that holds it as one signal: three records, one span, or one histogram point. */
  readonly request: (signal: Signal, encoding: Encoding) => Uint8Array;
}

/** The queue, job and service name of the test job. */
export const sampleName = "jobtrail-test";

/** The duration of its run. */
const workMs = 20;

/** A test job that starts at a time, in milliseconds. The three signals describe the same run. */
export function sampleFrom(started: number): Sample {
  const id = isoOfMillis(started);
  const span = { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex"), traceFlags: 1 };
  const job = {
    "job.system.name": "jobtrail_test",
    "job.queue.name": sampleName,
    "job.name": sampleName,
    "job.id": id,
    "job.uid": jobUid({ system: "jobtrail_test", queue: sampleName, id }),
  };
  const run: Run = {
    attributes: { ...job, "job.run.uid": runUid(job["job.uid"], started), "job.run.result": "success" },
    start: fromMillis(started),
    end: fromMillis(started + workMs),
    span,
  };
  const resource = { attributes: { "service.name": sampleName } };
  const records = eventsOf(run, job).map((event): Received => ({ record: toRecord(stamp(event)), resource, scope }));
  return {
    uid: job["job.uid"],
    request: (signal, encoding) =>
      signal === "logs" ? encodeLogs(records, encoding) : Buffer.from(JSON.stringify(others[signal](run))),
  };
}

interface Run {
  readonly attributes: Readonly<Record<string, string>>;
  readonly start: HrTime;
  readonly end: HrTime;
  readonly span: SpanContext;
}

const scope = { name: "@jobtrail/cli" };

function eventsOf({ attributes, start, end, span }: Run, job: JobEvent["attributes"]): JobEvent[] {
  const known = { ...job, "job.test": true };
  const started = { ...known, "job.run.uid": attributes["job.run.uid"] ?? "", "job.run.number": 1 };
  const ended = {
    ...started,
    "job.run.result": "success",
    "job.run.final": true,
    "job.run.duration": workMs / 1000,
  } as const;
  return [
    { name: "job.queued", time: start, seen: start, attributes: known },
    { name: "job.run.started", time: start, seen: start, attributes: started, span },
    { name: "job.run.ended", time: end, seen: end, attributes: ended, span },
  ];
}

const resource = { attributes: [pair("service.name", sampleName)] };

/** The requests of the other signals as OTLP's JSON. */
const others: Readonly<Record<Exclude<Signal, "logs">, (run: Run) => object>> = {
  traces: ({ attributes, start, end, span: { traceId, spanId } }) => {
    const times = { startTimeUnixNano: nanos(start), endTimeUnixNano: nanos(end) };
    const name = `process ${sampleName}`;
    const span = { traceId, spanId, name, kind: 5, ...times, attributes: pairsOf(attributes), status: {} };
    return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] };
  },
  metrics: ({ attributes, start, end }) => {
    // No ids: each id would make a new series.
    const own = ["job.system.name", "job.queue.name", "job.name", "job.run.result"];
    const labels = pairsOf(Object.fromEntries(Object.entries(attributes).filter(([key]) => own.includes(key))));
    const times = { startTimeUnixNano: nanos(start), timeUnixNano: nanos(end) };
    const counts = { count: "1", sum: workMs / 1000, bucketCounts: ["1", "0"], explicitBounds: [0.1] };
    const histogram = { aggregationTemporality: 2, dataPoints: [{ ...times, ...counts, attributes: labels }] };
    const metrics = [{ name: "job.run.duration", unit: "s", histogram }];
    return { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
  },
};

const nanos = (time: HrTime): string => String(BigInt(toMillis(time)) * 1_000_000n);

function pair(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

const pairsOf = (attributes: Readonly<Record<string, string>>): object[] =>
  Object.entries(attributes).map(([key, value]) => pair(key, value));
