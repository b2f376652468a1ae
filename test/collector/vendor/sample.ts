import type { HrTime } from "@opentelemetry/api";
import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { decodePoints, decodeSpans, encodeLogs } from "@jobtrail/otlp";
import type { PointData, Received, Signal, SpanData } from "@jobtrail/otlp";
import { recordOf } from "../traffic.ts";

/** A request for a Collector, and what is in it. */
export interface Sample {
  readonly signal: Signal;
  readonly type: string;
  readonly body: Uint8Array;
}

/** Records of jobs that ended well and badly, one that is no job's, one without a time, one nearly and one really too old. */
export function recordsOf(oldestHours: number | undefined, nowMs: number): { all: Received[]; fresh: Received[] } {
  const failed = { severity: 13, attributes: { "job.run.result": "failure", "job.run.warnings": ["late", "slow"] } };
  const hours = oldestHours ?? 24 * 400;
  const fresh = [
    recordOf(1),
    recordOf(2, failed),
    without("eventName", recordOf(3, { severity: 17, body: "The disk is full." })),
    recordOf(4, { time: hoursAgo(hours - 2, nowMs) }),
    without("time", recordOf(5)),
  ];
  return { fresh, all: oldestHours === undefined ? fresh : [...fresh, recordOf(6, { time: hoursAgo(hours, nowMs) })] };
}

function without(field: "eventName" | "time", { record, ...rest }: Received): Received {
  const { [field]: _, ...others } = record;
  return { ...rest, record: others };
}

const hoursAgo = (hours: number, nowMs: number): HrTime => [Math.floor(nowMs / 1000) - hours * 3600, 0];

/** A request with records. */
export const logs = (records: readonly Received[]): Sample => ({
  signal: "logs",
  type: "application/x-protobuf",
  body: encodeLogs(records, "protobuf"),
});

/** A request with so many spans from the `first` on, each with a text beside what a job has. */
export function traces(count: number, text: string, nowMs: number, first = 0): Sample {
  const spans = numbers(count, first).map((n) => ({
    traceId: n.toString(16).padStart(32, "a"),
    spanId: n.toString(16).padStart(16, "b"),
    name: "process email",
    kind: 5,
    startTimeUnixNano: `${nowMs - 250}000000`,
    endTimeUnixNano: `${nowMs}000123`,
    attributes: [attribute("job.id", `${n}`), attribute("job.text", text)],
    status: { code: 2, message: "no such address" },
  }));
  return json("traces", { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
}

/** A request with a count, a histogram, what goes up and down, and a gauge, as they stand after so many jobs. */
export function metrics(jobs: number, startMs: number, nowMs: number): Sample {
  const times = { startTimeUnixNano: `${startMs}000000`, timeUnixNano: `${nowMs}000000` };
  const attributes = [attribute("job.queue.name", "email")];
  const of = (value: number) => ({ ...times, attributes, asInt: `${value}` });
  const buckets = { count: `${jobs}`, sum: jobs / 4, explicitBounds: [0.5, 10], bucketCounts: [`${jobs}`, "0", "0"] };
  return json("metrics", {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            scope,
            metrics: [
              metric("job.run.items", "{item}", "sum", { ...cumulative, isMonotonic: true }, of(3 * jobs)),
              metric("job.run.duration", "s", "histogram", cumulative, { ...times, attributes, ...buckets }),
              metric("job.run.active", "{run}", "sum", { ...cumulative, isMonotonic: false }, of(jobs)),
              metric("job.queue.size", "{job}", "gauge", {}, of(7)),
            ],
          },
        ],
      },
    ],
  });
}

/** A request with so many points of one gauge from the `first` on, each with a text. */
export function points(count: number, text: string, nowMs: number, first = 0): Sample {
  const dataPoints = numbers(count, first).map((n) => ({
    timeUnixNano: `${nowMs}000000`,
    attributes: [attribute("job.queue.name", `${n}`), attribute("job.text", text)],
    asInt: "1",
  }));
  const gauge = { name: "job.queue.size", gauge: { dataPoints } };
  return json("metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: [gauge] }] }] });
}

/** The spans of a sample. */
export const spansIn = ({ body }: Sample): readonly SpanData[] => read(decodeSpans(body, "json"));

/** The points of a sample. */
export const pointsIn = ({ body }: Sample): readonly PointData[] => read(decodePoints(body, "json"));

function read<T>(decoded: T | Refusal): T {
  if (isRefusal(decoded)) throw new Error(`${decoded.path} is ${decoded.found}; expected ${decoded.expected}.`);
  return decoded;
}

/** What each point adds to the one before it, for counts and histograms that never fall; others as they are. */
export function deltas(points: readonly PointData[]): PointData[] {
  const before = new Map<string, PointData>();
  return points.map((point) => {
    if (point.temporality !== "cumulative" || point.monotonic === false) return point;
    const last = before.get(point.name);
    before.set(point.name, point);
    return { ...point, ...(last === undefined ? {} : difference(point, last)), temporality: "delta" };
  });
}

function difference(point: PointData, last: PointData): Partial<PointData> {
  const { value, count, sum, buckets } = point;
  return {
    ...(last.time && { start: last.time }),
    ...(value !== undefined && { value: Number(value) - Number(last.value) }),
    ...(count !== undefined && { count: count - (last.count ?? 0) }),
    ...(sum !== undefined && { sum: sum - (last.sum ?? 0) }),
    ...(buckets !== undefined && { buckets: buckets.map((each, i) => each - (last.buckets?.[i] ?? 0)) }),
  };
}

const numbers = (count: number, first: number): number[] => Array.from({ length: count }, (_, n) => first + n);

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const resource = { attributes: [attribute("service.name", "shop"), attribute("service.instance.id", "one")] };
const scope = { name: "@jobtrail/test" };
const cumulative = { aggregationTemporality: 2 };

const metric = (name: string, unit: string, type: string, kind: object, point: object) => ({
  name,
  unit,
  [type]: { ...kind, dataPoints: [point] },
});

const json = (signal: Signal, body: unknown): Sample => ({
  signal,
  type: "application/json",
  body: new TextEncoder().encode(JSON.stringify(body)),
});
