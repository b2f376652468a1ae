import { elapsedMs } from "@jobtrail/core/clock";
import timers from "node:timers";
import type { Chunk, Outbox } from "@jobtrail/delivery";
import { guard } from "@jobtrail/core/recorder";
import { AggregationType } from "@opentelemetry/sdk-metrics";
import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricProducer,
  ResourceMetrics,
} from "@opentelemetry/sdk-metrics";

// As they are at load: a test environment may replace them later, and its timers may be numbers.
const { setTimeout, setInterval, clearInterval, setImmediate } = timers;

/** Whether points say what was counted since the start or since the last time. */
export interface Temporality {
  /** Whether all of them say it since the start: then a later collection replaces an earlier one. */
  readonly cumulative: boolean;
  of(instrument: InstrumentType): AggregationTemporality;
}

/** How old the kept collection may be while something is counted; one takes some 40 µs. */
const staleMs = 100;

/**
 * Collects and sends metrics at intervals. Collecting takes promises, and none of them settles
 * once `process.exit` was called, so that a collection of the last moments is kept for that end.
 */
export class Reader implements IMetricReader {
  readonly #outbox: Outbox;
  readonly #encode: (metrics: ResourceMetrics) => Uint8Array | undefined;
  readonly #temporality: Temporality;
  readonly #intervalMs: number;
  #producer: MetricProducer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #kept: ResourceMetrics | undefined;
  #scheduled = false;
  #keptAt = Number.NEGATIVE_INFINITY;
  #uses = 0;

  constructor(
    outbox: Outbox,
    encode: (metrics: ResourceMetrics) => Uint8Array | undefined,
    { temporality, intervalMs }: { readonly temporality: Temporality; readonly intervalMs: number },
  ) {
    this.#outbox = outbox;
    this.#encode = encode;
    this.#temporality = temporality;
    this.#intervalMs = intervalMs;
  }

  setMetricProducer(producer: MetricProducer): void {
    this.#producer = producer;
    this.#timer = setInterval(() => void this.export(), this.#intervalMs);
    this.#timer.unref?.();
  }

  /** How often something was counted. */
  get uses(): number {
    return this.#uses;
  }

  /** Something is counted in this turn of the loop. */
  used(): void {
    this.#uses++;
    if (this.#scheduled || !this.#temporality.cumulative) return;
    this.#scheduled = true;
    const waitMs = this.#keptAt + staleMs - elapsedMs();
    const keep = (): void => void this.keep();
    const planned = waitMs > 0 ? setTimeout(keep, waitMs) : setImmediate(keep);
    planned.unref?.();
  }

  /** Collects for an end that leaves no time to. */
  async keep(): Promise<void> {
    const { resourceMetrics } = await this.collect();
    this.#kept = resourceMetrics;
    this.#keptAt = elapsedMs();
    this.#scheduled = false;
  }

  /** Sends what was counted until now. Whether it arrived. */
  async export(): Promise<boolean> {
    const { resourceMetrics } = await this.collect();
    this.#kept = undefined;
    if (this.#temporality.cumulative) this.#outbox.replace(...this.#packed(resourceMetrics));
    else this.#outbox.put(...this.#packed(resourceMetrics));
    return this.#outbox.flush();
  }

  take(): readonly Chunk[] {
    const kept = this.#kept === undefined ? [] : this.#packed(this.#kept);
    this.#kept = undefined;
    return [...this.#outbox.take(), ...kept];
  }

  retire(): void {
    clearInterval(this.#timer);
  }

  #packed(metrics: ResourceMetrics): Chunk[] {
    const body = metrics.scopeMetrics.length === 0 ? undefined : guard("metrics", () => this.#encode(metrics));
    return body === undefined
      ? []
      : [{ body, items: metrics.scopeMetrics.reduce((sum, { metrics }) => sum + metrics.length, 0) }];
  }

  async collect(): Promise<CollectionResult> {
    if (this.#producer === undefined) throw new Error("The reader belongs to no meter provider.");
    return this.#producer.collect();
  }

  selectAggregation(_instrument: InstrumentType): AggregationOption {
    return { type: AggregationType.DEFAULT };
  }

  selectAggregationTemporality(instrument: InstrumentType): AggregationTemporality {
    return this.#temporality.of(instrument);
  }

  selectCardinalityLimit(_instrument: InstrumentType): number {
    return 2000;
  }

  async forceFlush(): Promise<void> {
    await this.export();
  }

  async shutdown(): Promise<void> {
    this.retire();
    await this.export();
  }
}
