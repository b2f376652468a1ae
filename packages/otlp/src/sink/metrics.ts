import { every } from "@jobtrail/core/clock";
import type { Stop } from "@jobtrail/core/clock";
import type { Attributes, HrTime } from "@opentelemetry/api";
import { buckets, metrics as rows } from "@jobtrail/conventions";
import type { MetricName } from "@jobtrail/conventions";
import { now } from "@jobtrail/core/event";
import type { BindPoint } from "@jobtrail/core/recorder";
import { tags, writeObject } from "./attribute.ts";
import { encoded } from "./pile.ts";
import type { Chunk, Outbox } from "./pile.ts";
import { bytesOf, Wire } from "./wire.ts";

/** How points are sent. */
export interface MetricSettings {
  /** Kinds of instruments that say what was counted since the last time, and not since the start. */
  readonly delta: readonly Instrument[];
  readonly intervalMs: number;
}

type Instrument = (typeof rows)[MetricName]["instrument"];

/** How points are sent, by OpenTelemetry's variables. A value that goes up and down is always a sum since the start. */
export function metricSettingsIn(env: NodeJS.ProcessEnv): MetricSettings {
  const preference = env["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"]?.trim().toLowerCase();
  const intervalMs = Number(env["OTEL_METRIC_EXPORT_INTERVAL"]);
  return {
    delta: preference === "delta" || preference === "lowmemory" ? ["counter", "histogram"] : [],
    intervalMs: intervalMs > 0 ? intervalMs : 60_000,
  };
}

/** The most series of one metric; all others are one. */
const mostSeries = 2000;
const overflow = { "otel.metric.overflow": true };

/** One series: what was counted with equal attributes. */
interface Series {
  /** Its attributes, as fields of a point. */
  readonly attributes: Uint8Array;
  start: HrTime;
  /** Whether anything was counted since the last collection. */
  counted: boolean;
  sum: number;
  count: number;
  min: number;
  max: number;
  readonly counts: number[];
}

/** One metric of one instrumentation. */
class Metric {
  readonly name: MetricName;
  readonly isDelta: boolean;
  readonly #series = new Map<string, Series>();
  #collected: HrTime | undefined;

  constructor(name: MetricName, isDelta: boolean) {
    this.name = name;
    this.isDelta = isDelta;
  }

  /** Gives what counts a series: known from the first count on. */
  bind(attributes: Attributes): (value: number) => void {
    const name = nameOf(attributes);
    const count = counters[rows[this.name].instrument];
    let series: Series | undefined;
    return (value) => {
      series ??= this.#find(name, attributes);
      if (!series.counted) this.#begin(series);
      count(series, value);
    };
  }

  /** Writes the metric as a field, where anything is to be said; then a delta begins anew. Whether anything was. */
  write(wire: Wire, time: HrTime): boolean {
    const told = [...this.#series.values()].filter(({ counted }) => counted || !this.isDelta);
    if (told.length > 0) writeMetric(wire, this, told, time);
    this.#collected = time;
    if (this.isDelta) for (const series of told) clear(series);
    return told.length > 0;
  }

  #find(name: string, attributes: Attributes): Series {
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    if (this.#series.size >= mostSeries - 1 && attributes !== overflow) return this.#find(nameOf(overflow), overflow);
    const tag = rows[this.name].instrument === "histogram" ? tags.histogram : tags.number;
    const made: Series = {
      attributes: bytesOf((wire) => writeObject(wire, tag, attributes)),
      start: [0, 0],
      counted: false,
      sum: 0,
      count: 0,
      min: Infinity,
      max: -Infinity,
      counts: rows[this.name].instrument === "histogram" ? Array<number>(buckets.length + 1).fill(0) : [],
    };
    this.#series.set(name, made);
    return made;
  }

  #begin(series: Series): void {
    series.counted = true;
    if (series.start[0] === 0) series.start = this.isDelta && this.#collected !== undefined ? this.#collected : now();
  }
}

const nameOf = (attributes: Attributes): string =>
  JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const counters: Readonly<Record<Instrument, (series: Series, value: number) => void>> = {
  counter: add,
  updowncounter: add,
  gauge(series, value) {
    series.sum = value;
  },
  histogram(series, value) {
    series.sum += value;
    series.count++;
    if (value < series.min) series.min = value;
    if (value > series.max) series.max = value;
    let at = 0;
    while (at < buckets.length && value > (buckets[at] ?? 0)) at++;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
  },
};

function add(series: Series, value: number): void {
  series.sum += value;
}

function clear(series: Series): void {
  Object.assign(series, { counted: false, start: [0, 0], sum: 0, count: 0, min: Infinity, max: -Infinity });
  series.counts.fill(0);
}

/** All that is counted, and how it is sent: encoded at once, so that nothing is missing where a process ends at once. */
export class Metrics {
  readonly #outbox: Outbox;
  readonly #settings: MetricSettings;
  readonly #resource: Uint8Array;
  readonly #scopes: { readonly scope: Uint8Array; readonly metrics: readonly Metric[] }[] = [];
  readonly #stop: Stop;
  #counted = 0;
  #losses = 0;
  #sent = 0;

  /** @param resource the resource as a field. */
  constructor(outbox: Outbox, settings: MetricSettings, resource: Uint8Array) {
    this.#outbox = outbox;
    this.#settings = settings;
    this.#resource = resource;
    this.#stop = every(settings.intervalMs, () => void this.flush());
  }

  /** How often something was counted. What was lost is said with the next metrics, and is no reason to send some. */
  get added(): number {
    return this.#counted - this.#losses;
  }

  /** Binds the series of an instrumentation. @param scope the scope as a field. */
  open(scope: Uint8Array): BindPoint {
    const names = Object.keys(rows) as MetricName[];
    const { delta } = this.#settings;
    const made = new Map(names.map((name) => [name, new Metric(name, delta.includes(rows[name].instrument))]));
    this.#scopes.push({ scope, metrics: [...made.values()] });
    return (metric, attributes) => {
      const count = made.get(metric)?.bind(attributes);
      return (value) => {
        this.#counted++;
        if (metric === "job.log.dropped") this.#losses++;
        count?.(value);
      };
    };
  }

  /** Sends what was counted until now. Whether it arrived. */
  flush(): Promise<boolean> {
    this.#put(this.#collect());
    return this.#outbox.flush();
  }

  /** What has not been answered, and what was counted since. */
  take(): readonly Chunk[] {
    const last = this.#counted === this.#sent ? [] : this.#collect();
    const waiting = this.#outbox.take();
    return this.#isDelta || last.length === 0 ? [...waiting, ...last] : last;
  }

  /** Sends no more at intervals, because another SDK counts on; the end still says the last of it. */
  retire(): void {
    this.#stop();
  }

  get #isDelta(): boolean {
    return this.#settings.delta.length > 0;
  }

  #put(chunks: readonly Chunk[]): void {
    // A later sum since the start says all that an earlier one did.
    if (this.#isDelta) this.#outbox.put(...chunks);
    else if (chunks.length > 0) this.#outbox.replace(...chunks);
  }

  #collect(): Chunk[] {
    this.#sent = this.#counted;
    const time = now();
    const wire = new Wire(4096);
    let items = 0;
    for (const { scope, metrics } of this.#scopes) {
      const inner = bytesOf((points) => {
        for (const metric of metrics) if (metric.write(points, time)) items++;
      }, 4096);
      if (inner.length === 0) continue;
      wire.room(16);
      wire.byte(0x0a);
      wire.message(() => {
        wire.copy(this.#resource);
        wire.room(16);
        wire.byte(0x12);
        wire.message(() => {
          wire.copy(scope);
          wire.copy(inner);
        });
      });
    }
    if (wire.position === 0) return [];
    return [encoded("metrics", this.#outbox, { body: wire.bytes.subarray(0, wire.position), items })];
  }
}

const forms: Readonly<Record<Instrument, number>> = {
  gauge: 0x2a,
  counter: 0x3a,
  updowncounter: 0x3a,
  histogram: 0x4a,
};

function writeMetric(wire: Wire, { name, isDelta }: Metric, series: readonly Series[], time: HrTime): void {
  const { unit, brief, instrument } = rows[name];
  wire.room(16);
  wire.byte(0x12);
  wire.message(() => {
    for (const [tag, text] of [
      [0x0a, name],
      [0x12, brief],
      [0x1a, unit],
    ] as const) {
      wire.room(8);
      wire.byte(tag);
      wire.string(text);
    }
    wire.room(16);
    wire.byte(forms[instrument]);
    wire.message(() => {
      for (const each of series) {
        wire.room(16);
        wire.byte(0x0a);
        wire.message(() => (instrument === "histogram" ? writeHistogram : writeNumber)(wire, each, time));
      }
      wire.room(16);
      if (instrument === "gauge") return;
      wire.byte(0x10);
      wire.byte(isDelta ? 1 : 2);
      if (instrument !== "counter") return;
      wire.byte(0x18);
      wire.byte(1);
    });
  });
}

function writeTimes(wire: Wire, { start }: Series, time: HrTime): void {
  wire.room(64);
  wire.byte(0x11);
  wire.time(start);
  wire.byte(0x19);
  wire.time(time);
}

function writeNumber(wire: Wire, series: Series, time: HrTime): void {
  writeTimes(wire, series, time);
  wire.byte(0x21);
  wire.double(series.sum);
  wire.copy(series.attributes);
}

function writeHistogram(wire: Wire, series: Series, time: HrTime): void {
  writeTimes(wire, series, time);
  wire.byte(0x21);
  wire.fixed64(series.count);
  wire.byte(0x29);
  wire.double(series.sum);
  wire.room(16 * buckets.length + 64);
  wire.byte(0x32);
  wire.varint(8 * series.counts.length);
  for (const count of series.counts) wire.fixed64(count);
  wire.byte(0x3a);
  wire.varint(8 * buckets.length);
  for (const bound of buckets) wire.double(bound);
  wire.copy(series.attributes);
  wire.room(32);
  wire.byte(0x59);
  wire.double(series.min);
  wire.byte(0x61);
  wire.double(series.max);
}
