import { createNoopMeter } from "@opentelemetry/api";
import type { Counter, Gauge, Histogram, Meter, UpDownCounter } from "@opentelemetry/api";
import { buckets, metrics } from "@jobtrail/conventions";
import type { MetricName } from "@jobtrail/conventions";
import { distinct } from "./definition.ts";
import type { Definition } from "./definition.ts";
import type { JobEvent } from "../event/event.ts";
import { fromIso, toMillis } from "../event/time.ts";

/** Turns events into points: the only place where a metric is written. */
export interface MetricWriter {
  started(definition: Definition, event: JobEvent): void;
  ended(definition: Definition, event: JobEvent): void;
  /** Events that count by themselves: a retry, a stall, a miss, a schedule's next time. */
  seen(definition: Definition, event: JobEvent): void;
}

/**
 * Metrics written with one meter; without one, none.
 * @param cardinalityLimit how many distinct counters and error types get points of their own.
 */
export function metricWriter(meter: Meter = createNoopMeter(), cardinalityLimit: number): MetricWriter {
  const made = instruments(meter);
  const item = distinct(cardinalityLimit);
  const errorType = distinct(cardinalityLimit);
  return {
    started({ point, schedulePoint }, { attributes }) {
      made["job.run.active"].add(1, point);
      const wait = measured(attributes["job.run.wait"]);
      if (wait !== undefined) made["job.run.wait"].record(wait, point);
      const lateness = measured(attributes["job.schedule.lateness"]);
      if (lateness !== undefined) made["job.schedule.lateness"].record(lateness, schedulePoint);
      next(attributes["job.schedule.next_time"], schedulePoint);
    },
    ended({ point, schedulePoint, attributes: constants }, event) {
      const { attributes } = event;
      made["job.run.active"].add(-1, point);
      const result = attributes["job.run.result"];
      const final = attributes["job.run.final"];
      made["job.run.duration"].record(measured(attributes["job.run.duration"]) ?? 0, {
        ...point,
        ...(typeof result === "string" && { "job.run.result": result }),
        ...(typeof final === "boolean" && { "job.run.final": final }),
        ...(event.error !== undefined && { "error.type": errorType(event.error.type) }),
      });
      for (const key in attributes) {
        if (!key.startsWith(counterPrefix)) continue;
        const counted = measured(attributes[key as `job.counter.${string}`]);
        if (counted !== undefined)
          made["job.run.items"].add(counted, { ...point, "job.item.name": item(key.slice(counterPrefix.length)) });
      }
      if (result === "success" && constants["job.schedule.id"] !== undefined && event.time !== undefined)
        made["job.schedule.last_success.time"].record(toMillis(event.time) / 1000, schedulePoint);
    },
    seen({ point, schedulePoint }, { name, attributes }) {
      if (name === "job.retry_scheduled") made["job.run.retries"].add(1, point);
      else if (name === "job.stalled") made["job.run.stalls"].add(1, point);
      else if (name === "job.schedule.missed")
        made["job.schedule.missed"].add(measured(attributes["job.schedule.missed_count"]) ?? 1, schedulePoint);
      else if (name === "job.schedule.created" || name === "job.schedule.resumed")
        next(attributes["job.schedule.next_time"], schedulePoint);
    },
  };

  function next(time: string | undefined, point: Definition["point"]): void {
    const at = typeof time === "string" ? fromIso(time) : undefined;
    if (at !== undefined) made["job.schedule.next_run.time"].record(toMillis(at) / 1000, point);
  }
}

const counterPrefix = "job.counter.";

/** A number that can be added up; one that cannot would spoil its series for good. */
const measured = (value: number | undefined): number | undefined =>
  typeof value === "number" && value >= 0 && value < Infinity ? value : undefined;

interface Instruments {
  readonly "job.run.duration": Histogram;
  readonly "job.run.wait": Histogram;
  readonly "job.run.active": UpDownCounter;
  readonly "job.run.retries": Counter;
  readonly "job.run.stalls": Counter;
  readonly "job.run.items": Counter;
  readonly "job.schedule.missed": Counter;
  readonly "job.schedule.lateness": Histogram;
  readonly "job.schedule.last_success.time": Gauge;
  readonly "job.schedule.next_run.time": Gauge;
}

function instruments(meter: Meter): Instruments {
  const make = {
    counter: (name: MetricName) => meter.createCounter(name, about(name)),
    updowncounter: (name: MetricName) => meter.createUpDownCounter(name, about(name)),
    gauge: (name: MetricName) => meter.createGauge(name, about(name)),
    histogram: (name: MetricName) =>
      meter.createHistogram(name, { ...about(name), advice: { explicitBucketBoundaries: [...buckets] } }),
  };
  const names = Object.keys(metrics) as MetricName[];
  return Object.fromEntries(
    names.map((name) => [name, make[metrics[name].instrument](name)]),
  ) as unknown as Instruments;
}

const about = (name: MetricName): { unit: string; description: string } => ({
  unit: metrics[name].unit,
  description: metrics[name].brief,
});
