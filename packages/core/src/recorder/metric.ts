import type { Attributes } from "@opentelemetry/api";
import type { EventName, MetricName } from "@jobtrail/conventions";
import type { Entry } from "../event/entry.ts";
import { counterPrefix, keyOf } from "../event/key.ts";
import type { Layer } from "../event/layer.ts";
import { fromIso, toMillis } from "../event/time.ts";
import { guard, guarded } from "../guard.ts";
import { distinct } from "./definition.ts";
import type { Definition } from "./definition.ts";
import type { BindPoint } from "./sink.ts";

/** Turns events into points: the only place where something is counted. */
export interface MetricWriter {
  started(definition: Definition, entry: Entry): void;
  ended(definition: Definition, entry: Entry): void;
  /** Events that count by themselves: a retry, a stall, a miss, a schedule's next time. */
  seen(definition: Definition, entry: Entry): void;
}

type Count = (value: number) => void;

const waitKey = keyOf("job.run.wait");
const latenessKey = keyOf("job.schedule.lateness");
const resultKey = keyOf("job.run.result");
const finalKey = keyOf("job.run.final");
const durationKey = keyOf("job.run.duration");
const nextKey = keyOf("job.schedule.next_time");
const missedKey = keyOf("job.schedule.missed_count");

/** The series of one definition, each bound when it is first counted. */
class Series {
  readonly #bind: BindPoint;
  readonly #definition: Definition;
  readonly #bound = new Map<MetricName, Count>();
  /** The durations of runs that succeeded, which most do. */
  #success: Count | undefined;
  readonly #durations = new Map<string, Count>();
  readonly #items = new Map<string, Count>();

  constructor(bind: BindPoint, definition: Definition) {
    this.#bind = bind;
    this.#definition = definition;
  }

  of(metric: MetricName): Count {
    const known = this.#bound.get(metric);
    if (known !== undefined) return known;
    const { point, schedulePoint } = this.#definition;
    const made = this.#bind(metric, metric.startsWith("job.schedule.") ? schedulePoint : point);
    this.#bound.set(metric, made);
    return made;
  }

  duration(result: string | undefined, final: boolean | undefined, error: string | undefined): Count {
    if (result === "success" && final === true && error === undefined)
      return (this.#success ??= this.#duration(result, final, error));
    return this.#duration(result, final, error);
  }

  #duration(result: string | undefined, final: boolean | undefined, error: string | undefined): Count {
    const name = `${result} ${final} ${error}`;
    const known = this.#durations.get(name);
    if (known !== undefined) return known;
    const made = this.#with("job.run.duration", {
      ...(typeof result === "string" && { "job.run.result": result }),
      ...(typeof final === "boolean" && { "job.run.final": final }),
      ...(error !== undefined && { "error.type": error }),
    });
    this.#durations.set(name, made);
    return made;
  }

  items(name: string): Count {
    const known = this.#items.get(name);
    if (known !== undefined) return known;
    const made = this.#with("job.run.items", { "job.item.name": name });
    this.#items.set(name, made);
    return made;
  }

  #with(metric: MetricName, more: Attributes): Count {
    return this.#bind(metric, { ...this.#definition.point, ...more });
  }
}

/**
 * Metrics written to what binds their series.
 * @param cardinalityLimit how many distinct counters and error types get points of their own.
 */
export function metricWriter(bind: BindPoint, cardinalityLimit: number): MetricWriter {
  const item = distinct(cardinalityLimit);
  const errorType = distinct(cardinalityLimit);
  const known = new WeakMap<Definition, Series>();
  const seriesOf = (definition: Definition): Series => {
    let series = known.get(definition);
    if (series === undefined) known.set(definition, (series = new Series(bind, definition)));
    return series;
  };
  return {
    started: guarded("metric of a start", (definition: Definition, entry: Entry) => {
      const series = seriesOf(definition);
      series.of("job.run.active")(1);
      count(series, "job.run.wait", measured(entry.value(waitKey)));
      count(series, "job.schedule.lateness", measured(entry.value(latenessKey)));
      next(series, entry);
    }),
    ended: guarded("metric of an end", (definition: Definition, entry: Entry) => {
      const series = seriesOf(definition);
      series.of("job.run.active")(-1);
      const result = entry.value(resultKey) as string | undefined;
      const type = entry.error === undefined ? undefined : errorType(entry.error.type);
      const final = entry.value(finalKey) as boolean | undefined;
      series.duration(result, final, type)(measured(entry.value(durationKey)) ?? 0);
      countItems(series, entry, item);
      if (result === "success" && definition.attributes["job.schedule.id"] !== undefined && entry.time !== undefined)
        series.of("job.schedule.last_success.time")(toMillis(entry.time) / 1000);
    }),
    seen: (definition, entry) => {
      const of = counted.get(entry.name);
      if (of !== undefined) guard("metric of an event", () => of(seriesOf(definition), entry));
    },
  };
}

const counted: ReadonlyMap<EventName, (series: Series, entry: Entry) => void> = new Map([
  ["job.retry_scheduled", (series: Series) => series.of("job.run.retries")(1)],
  ["job.stalled", (series: Series) => series.of("job.run.stalls")(1)],
  [
    "job.schedule.missed",
    (series: Series, entry: Entry) => series.of("job.schedule.missed")(measured(entry.value(missedKey)) ?? 1),
  ],
  ["job.schedule.created", next],
  ["job.schedule.resumed", next],
  ["job.schedule.paused", noNext],
  ["job.schedule.deleted", noNext],
]);

function next(series: Series, entry: Entry): void {
  const time = entry.value(nextKey);
  const at = typeof time === "string" ? fromIso(time) : undefined;
  if (at !== undefined) series.of("job.schedule.next_run.time")(toMillis(at) / 1000);
}

/** A gauge says its last value for ever; without this a deleted schedule would look overdue. */
function noNext(series: Series): void {
  series.of("job.schedule.next_run.time")(0);
}

function countItems(series: Series, { layers }: Entry, item: (name: string | undefined) => string | undefined): void {
  for (let at = 0; at < layers.length; at++)
    if (layers[at]?.hasCounters === true) countIn(series, layers[at] as Layer, item);
}

function countIn(
  series: Series,
  { keys, values }: Layer,
  item: (name: string | undefined) => string | undefined,
): void {
  keys.forEach((key, i) => {
    const value = key.isCounter ? measured(values[i]) : undefined;
    if (value !== undefined) series.items(item(key.name.slice(counterPrefix.length)) ?? "")(value);
  });
}

function count(series: Series, metric: MetricName, value: number | undefined): void {
  if (value !== undefined) series.of(metric)(value);
}

/** A number that can be added up; one that cannot would spoil its series for good. */
const measured = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 && value < Infinity ? value : undefined;
