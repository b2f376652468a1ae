import type { Attributes } from "@opentelemetry/api";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "../src/event/event.ts";
import type { RecorderOptions } from "../src/recorder/options.ts";
import type { Providers } from "../src/recorder/providers.ts";
import { createRecorder } from "../src/recorder/recorder.ts";
import type { Recorder } from "../src/recorder/recorder.ts";
import { sdkSink } from "../src/recorder/sdk.ts";
import { now } from "../src/event/time.ts";
import { constants, uid } from "./story.ts";

/** A point of a metric: a histogram's value is the sum and the count. */
export interface Point {
  readonly name: string;
  readonly attributes: Attributes;
  readonly value: unknown;
}

/** A whole SDK that keeps in memory what it is given. */
export interface Memory {
  readonly providers: Providers;
  spans(): ReadableSpan[];
  records(): ReadableLogRecord[];
  /** The name of each record's event. */
  names(): (string | undefined)[];
  points(): Promise<Point[]>;
}

/** An SDK in memory. */
export function memory(): Memory {
  const spans = new InMemorySpanExporter();
  const records = new InMemoryLogRecordExporter();
  const reader = new Reader();
  return {
    providers: {
      tracer: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
      logger: new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] }),
      meter: new MeterProvider({ readers: [reader] }),
    },
    spans: () => spans.getFinishedSpans(),
    records: () => records.getFinishedLogRecords(),
    names: () => records.getFinishedLogRecords().map(({ eventName }) => eventName),
    points: async () =>
      (await reader.collect()).resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({ name: descriptor.name, attributes, value: shortOf(value) })),
        ),
      ),
  };
}

class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const shortOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "sum" in value && "count" in value
    ? { sum: value.sum, count: value.count }
    : value;

/** A recorder that writes to an SDK in memory. */
export function recording(options: RecorderOptions = {}): Memory & { readonly recorder: Recorder } {
  const sdk = memory();
  return {
    ...sdk,
    recorder: createRecorder(
      { name: "made", version: "1.0.0" },
      options,
      sdkSink(() => sdk.providers),
    ),
  };
}

/** An event of now, of the job that stories tell of. */
export function happened(
  name: JobEvent["name"],
  attributes: JobAttributes = {},
  more: Partial<JobEvent> = {},
): JobEvent {
  const time = now();
  return { name, time, seen: time, attributes: { "job.id": "7", "job.uid": uid, ...attributes }, ...more };
}

/** The definition of that job. */
export const mail: typeof constants = constants;

/** A definition of a schedule in the process. */
export const nightly = {
  "job.system.name": "made-cron",
  "job.name": "nightly",
  "job.schedule.id": "nightly",
  "job.schedule.expression": "0 3 * * *",
} as const satisfies DefinitionAttributes;
