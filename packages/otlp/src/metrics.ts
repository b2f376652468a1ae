import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { readBody, resource, resourceOf, scope, scopeOf } from "./envelope.ts";
import type { Encoding, InstrumentationScope, Resource, WireResource, WireScope } from "./envelope.ts";
import { attributes, counted, many, one } from "./field.ts";
import type { Attributes, Field } from "./field.ts";
import { bool, count, double, oneOf, sfixed64, text, time } from "./kind.ts";
import { message } from "./message.ts";
import type { Message } from "./message.ts";

const types = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

/** One point of a metric as it arrived. */
export interface PointData {
  /** The metric's name. */
  readonly name: string;
  readonly unit: string;
  readonly type: (typeof types)[number];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** When the counting began. */
  readonly start?: HrTime;
  readonly time?: HrTime;
  /** Of a gauge or a sum. */
  readonly value?: number | bigint;
  /** Of a histogram or a summary: how many values. */
  readonly count?: number;
  /** Of a histogram or a summary: their sum. */
  readonly sum?: number;
  /** Of a histogram: how many values lie up to each bound, and above the last. */
  readonly buckets?: readonly number[];
  readonly bounds?: readonly number[];
  /** Of a sum: whether it never falls. */
  readonly monotonic?: boolean;
  readonly temporality?: "delta" | "cumulative";
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/** How many data points an export request holds; a refusal where it cannot be read. The points themselves are not read. */
export function countPoints(body: Uint8Array, encoding: Encoding): number | Refusal {
  const read = readBody(body, encoding, countRequest);
  if (isRefusal(read)) return read;
  return setsIn(read).reduce((sum, { set }) => sum + (set.dataPoints ?? 0), 0);
}

/** Reads the data points of an export request; a refusal where any part of it cannot be read. */
export function decodePoints(body: Uint8Array, encoding: Encoding): readonly PointData[] | Refusal {
  const read = readBody(body, encoding, pointRequest);
  if (isRefusal(read)) return read;
  return setsIn(read).flatMap((each) => (each.set.dataPoints ?? []).map((point) => pointOf(each, point)));
}

interface WirePoint {
  attributes?: Attributes;
  startTimeUnixNano?: HrTime;
  timeUnixNano?: HrTime;
  asDouble?: number;
  asInt?: number | bigint;
  count?: number;
  sum?: number;
  bucketCounts?: number[];
  explicitBounds?: number[];
}

interface WireSet<Points> {
  dataPoints?: Points;
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}

type WireMetric<Points> = { name?: string; unit?: string } & { [T in PointData["type"]]?: WireSet<Points> };

interface ScopeMetrics<Points> {
  scope?: WireScope;
  metrics?: WireMetric<Points>[];
}

interface ResourceMetrics<Points> {
  resource?: WireResource;
  scopeMetrics?: ScopeMetrics<Points>[];
}

interface WireMetrics<Points> {
  resourceMetrics?: ResourceMetrics<Points>[];
}

const times = { startTimeUnixNano: one(2, time), timeUnixNano: one(3, time) };
const totals = { count: one(4, count), sum: one(5, double) };

const numberPoint = message<Pick<WirePoint, "attributes" | keyof typeof times | "asDouble" | "asInt">>({
  attributes: attributes(7),
  ...times,
  asDouble: one(4, double),
  asInt: one(6, sfixed64),
});

const histogramPoint = message<Omit<WirePoint, "asDouble" | "asInt">>({
  attributes: attributes(9),
  ...times,
  ...totals,
  bucketCounts: many(6, count),
  explicitBounds: many(7, double),
});

type TotalPoint = Pick<WirePoint, "attributes" | keyof typeof times | keyof typeof totals>;

const exponentialPoint = message<TotalPoint>({ attributes: attributes(1), ...times, ...totals });
const summaryPoint = message<TotalPoint>({ attributes: attributes(7), ...times, ...totals });

const points: Record<PointData["type"], Field<WirePoint[]>> = {
  gauge: many<WirePoint>(1, numberPoint),
  sum: many<WirePoint>(1, numberPoint),
  histogram: many<WirePoint>(1, histogramPoint),
  exponentialHistogram: many<WirePoint>(1, exponentialPoint),
  summary: many<WirePoint>(1, summaryPoint),
};

const temporalities = ["unspecified", "delta", "cumulative"];
const temporality = oneOf(temporalities.map((name) => `AGGREGATION_TEMPORALITY_${name.toUpperCase()}`));

const numbers: Record<PointData["type"], number> = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
};

function request<Points>(
  pointsOf: (type: PointData["type"]) => Field<Exclude<Points, undefined>>,
): Message<WireMetrics<Points>> {
  const set = (type: PointData["type"]): Field<WireSet<Points>> =>
    one(
      numbers[type],
      message<WireSet<Points>>({
        dataPoints: pointsOf(type),
        aggregationTemporality: one(2, temporality),
        isMonotonic: one(3, bool),
      }),
    );
  const metric = message<WireMetric<Points>>({
    name: one(1, text),
    unit: one(3, text),
    gauge: set("gauge"),
    sum: set("sum"),
    histogram: set("histogram"),
    exponentialHistogram: set("exponentialHistogram"),
    summary: set("summary"),
  });
  const scopeMetrics = message<ScopeMetrics<Points>>({ scope: one(1, scope), metrics: many(2, metric) });
  const resourceMetrics = message<ResourceMetrics<Points>>({
    resource: one(1, resource),
    scopeMetrics: many(2, scopeMetrics),
  });
  return message<WireMetrics<Points>>({ resourceMetrics: many(1, resourceMetrics) });
}

const countRequest = request<number>(() => counted(1));
const pointRequest = request<WirePoint[]>((type) => points[type]);

interface PointSet<Points> {
  readonly name: string;
  readonly unit: string;
  readonly type: PointData["type"];
  readonly set: WireSet<Points>;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/** The sets of points in a request: a metric has one. */
const setsIn = <Points>({ resourceMetrics = [] }: WireMetrics<Points>): PointSet<Points>[] =>
  resourceMetrics.flatMap(({ resource: from, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope: by, metrics = [] }) =>
      metrics.flatMap((metric) =>
        types.flatMap((type) => {
          const set = metric[type];
          const { name = "", unit = "" } = metric;
          return set === undefined ? [] : [{ name, unit, type, set, resource: resourceOf(from), scope: scopeOf(by) }];
        }),
      ),
    ),
  );

function pointOf({ set, ...metric }: PointSet<WirePoint[]>, wire: WirePoint): PointData {
  const value = wire.asInt ?? wire.asDouble;
  const way = temporalities[set.aggregationTemporality ?? 0];
  return {
    ...metric,
    attributes: wire.attributes?.values ?? {},
    ...(wire.startTimeUnixNano !== undefined && { start: wire.startTimeUnixNano }),
    ...(wire.timeUnixNano !== undefined && { time: wire.timeUnixNano }),
    ...(value !== undefined && { value }),
    ...totalsOf(wire),
    ...(metric.type === "sum" && { monotonic: set.isMonotonic ?? false }),
    ...((way === "delta" || way === "cumulative") && { temporality: way }),
  };
}

const totalsOf = (wire: WirePoint): Pick<PointData, "count" | "sum" | "buckets" | "bounds"> => ({
  ...(wire.count !== undefined && { count: wire.count }),
  ...(wire.sum !== undefined && { sum: wire.sum }),
  ...(wire.bucketCounts !== undefined && { buckets: wire.bucketCounts }),
  ...(wire.explicitBounds !== undefined && { bounds: wire.explicitBounds }),
});
