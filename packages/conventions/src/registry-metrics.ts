import type { DerivedMetricName, MetricName } from "./generated.ts";

/** The row of a metric. */
export interface MetricRow {
  readonly instrument: "counter" | "updowncounter" | "histogram" | "gauge";
  readonly unit: string;
  readonly attributes: readonly string[];
  readonly brief: string;
}

/** Histogram boundaries in seconds; they reach a day, where the semantic conventions stop at ten seconds. */
export const buckets: readonly number[] = [
  0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400,
];

const definition = ["job.system.name", "job.queue.name", "job.name"] as const;
const queue = ["job.system.name", "job.queue.name"] as const;
const schedule = ["job.system.name", "job.schedule.id"] as const;
const bridge = ["job.system.name", "job.bridge.name"] as const;

/** Metrics. None carries an id, a worker or an error's text. */
export const metrics: Readonly<Record<MetricName, MetricRow>> = {
  "job.run.duration": {
    instrument: "histogram",
    unit: "s",
    attributes: [...definition, "job.run.result", "job.run.final", "error.type"],
    brief: "The duration of runs.",
  },
  "job.run.wait": {
    instrument: "histogram",
    unit: "s",
    attributes: definition,
    brief: "The time that ready jobs waited for their start.",
  },
  "job.run.active": {
    instrument: "updowncounter",
    unit: "{run}",
    attributes: definition,
    brief: "The number of active runs.",
  },
  "job.run.retries": {
    instrument: "counter",
    unit: "{retry}",
    attributes: definition,
    brief: "Failed attempts that will be retried.",
  },
  "job.run.stalls": {
    instrument: "counter",
    unit: "{stall}",
    attributes: definition,
    brief: "Jobs whose worker's lock or heartbeat expired.",
  },
  "job.run.items": {
    instrument: "counter",
    unit: "{item}",
    attributes: [...definition, "job.item.name"],
    brief: "The items that jobs counted.",
  },
  "job.schedule.missed": {
    instrument: "counter",
    unit: "{run}",
    attributes: schedule,
    brief: "Scheduled times that passed without a start.",
  },
  "job.schedule.lateness": {
    instrument: "histogram",
    unit: "s",
    attributes: schedule,
    brief: "How much later than scheduled the runs started.",
  },
  "job.schedule.last_success.time": {
    instrument: "gauge",
    unit: "s",
    attributes: schedule,
    brief: "When a scheduled run last succeeded, in Unix seconds.",
  },
  "job.schedule.next_run.time": {
    instrument: "gauge",
    unit: "s",
    attributes: schedule,
    brief: "When the next run is due, in Unix seconds; 0 while none is.",
  },
  "job.queue.size": {
    instrument: "gauge",
    unit: "{job}",
    attributes: [...queue, "job.state"],
    brief: "Jobs in a queue, by state.",
  },
  "job.queue.oldest_job.age": {
    instrument: "gauge",
    unit: "s",
    attributes: queue,
    brief: "How long the oldest waiting job has waited.",
  },
  "job.run.oldest_active.start_time": {
    instrument: "gauge",
    unit: "s",
    attributes: definition,
    brief: "When the oldest run that is still at work started, in Unix seconds; the present time while none is.",
  },
  "job.worker.count": {
    instrument: "gauge",
    unit: "{worker}",
    attributes: queue,
    brief: "Workers that take jobs from a queue.",
  },
  "job.bridge.lag": {
    instrument: "gauge",
    unit: "s",
    attributes: bridge,
    brief: "How far a bridge is behind its source: the time since which the source may hold what was not read yet.",
  },
  "job.bridge.last_success.time": {
    instrument: "gauge",
    unit: "s",
    attributes: bridge,
    brief: "When a bridge last had read all that its source holds, in Unix seconds.",
  },
  "job.bridge.records": {
    instrument: "counter",
    unit: "{record}",
    attributes: bridge,
    brief: "Records of a source that were read and that the receiver has acknowledged.",
  },
  "job.bridge.refusals": {
    instrument: "counter",
    unit: "{record}",
    attributes: bridge,
    brief: "Records of a source that do not agree with its documentation, and are kept aside.",
  },
  "job.bridge.requests": {
    instrument: "counter",
    unit: "{request}",
    attributes: [...bridge, "http.response.status_code", "error.type"],
    brief: "Requests to a source, by the status of the answer or the code of the failure.",
  },
  "job.log.dropped": {
    instrument: "counter",
    unit: "{record}",
    attributes: [],
    brief: "Records that could not be delivered and were dropped.",
  },
};

/**
 * Metrics that a gateway Collector derives from the telemetry that passes through it (`collector/gateway.yaml`); none has
 * the name of one that the SDK emits. Those of spans also say `service.name`, `span.name`, `span.kind` and `status.code`.
 */
export const derivedMetrics: Readonly<Record<DerivedMetricName, MetricRow>> = {
  "job.log.records": {
    instrument: "counter",
    unit: "{record}",
    attributes: ["job.event.name", ...definition, "job.run.result", "job.run.final"],
    brief: "Records of the job log that passed the Collector; each delivery counts.",
  },
  "job.span.calls": {
    instrument: "counter",
    unit: "",
    attributes: [...definition, "job.run.result", "job.run.final"],
    brief: "Spans of jobs that passed the Collector, before sampling.",
  },
  "job.span.duration": {
    instrument: "histogram",
    unit: "s",
    attributes: [...definition, "job.run.result", "job.run.final"],
    brief: "The duration of those spans.",
  },
};
