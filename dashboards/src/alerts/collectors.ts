import { own } from "../collector.ts";
import type { CollectorMetric } from "../collector.ts";
import { increasedOf, promql } from "../promql.ts";
import type { Promql } from "../promql.ts";
import type { Alert } from "./alert.ts";

/** How much several of the Collector's counters grew, by exporter. */
const grew = (metrics: readonly CollectorMetric[], window: string): Promql =>
  metrics
    .map((metric) => promql`sum by (instance, exporter) (${increasedOf(own(metric), window)}) > 0`)
    .reduce((all, each) => promql`${all} or ${each}`);

/** Collectors that reported within a window. */
const reporting = (window: string): Promql =>
  promql`group by (job) (last_over_time(${own("otelcol_process_uptime")}[${window}]))`;

const common = { source: "collector", board: "collector", over: "everything", uses: [] } as const;

/** Alerts about the Collectors themselves: what waits, what is refused, what is lost. */
export const collectorAlerts: readonly Alert[] = [
  {
    ...common,
    name: "CollectorQueueFilling",
    severity: "warning",
    summary: "The queue of {exporter} on {instance} is {value:percent} full",
    about:
      "A backend is away or too slow, and what it should have waits on the Collector's disk. Nothing is lost until the queue is full.",
    by: ["instance", "exporter"],
    metrics: ({ config: { collector } }) => ({
      expr: promql`max by (instance, exporter) (${own("otelcol_exporter_queue_size")} / ignoring (__name__) ${own("otelcol_exporter_queue_capacity")}) > ${collector.queueShare}`,
      for: collector.queueFor,
    }),
  },
  {
    ...common,
    name: "CollectorQueueFull",
    severity: "critical",
    summary: "The full queue of {exporter} on {instance} did not take {value:count} records",
    about:
      "With one backend the senders keep these records and repeat them. With several backends this one lacks them: they are in the second sink, from which they have to be resent.",
    by: ["instance", "exporter"],
    metrics: ({ config }) => ({
      expr: grew(["otelcol_exporter_enqueue_failed_log_records"], config.recent),
      for: "0m",
    }),
  },
  {
    ...common,
    name: "CollectorRefusesRecords",
    severity: "warning",
    summary: "Collector {instance} refuses {value:count} records a minute",
    about:
      "Senders get an error and repeat their records. Its memory limit is reached, its second sink cannot be written, or a queue is full. Processes lose records once their own buffers are full.",
    by: ["instance"],
    metrics: ({ config: { collector } }) => ({
      expr: promql`60 * sum by (instance) (rate(${own("otelcol_receiver_refused_log_records")}[${collector.refusingFor}])) > 0`,
      for: collector.refusingFor,
    }),
  },
  {
    ...common,
    name: "CollectorLosesTelemetry",
    severity: "warning",
    summary: "{exporter} on {instance} lost {value:count} spans or metric points",
    about:
      "A backend refused spans or metric points for good, or its queue was full. There is no second sink for them: they are lost. The job log's records are not concerned.",
    by: ["instance", "exporter"],
    metrics: ({ config }) => ({
      expr: grew(
        [
          "otelcol_exporter_send_failed_spans",
          "otelcol_exporter_send_failed_metric_points",
          "otelcol_exporter_enqueue_failed_spans",
          "otelcol_exporter_enqueue_failed_metric_points",
        ],
        config.recent,
      ),
      for: "0m",
    }),
  },
  {
    ...common,
    name: "CollectorRecordsTooOld",
    severity: "warning",
    summary: "{value:count} records were too old for a backend",
    about:
      "A backend refuses records of this age, so the Collector did not send them. They are in the second sink. The backend, or the way to it, was away for too long.",
    by: ["instance"],
    metrics: ({ config }) => ({
      expr: promql`sum by (instance) (${increasedOf(own("otelcol_processor_filter_logs_filtered"), config.recent)}) > 0`,
      for: "0m",
    }),
  },
  {
    ...common,
    name: "CollectorAbsent",
    severity: "critical",
    summary: "No Collector of {job} reports any more",
    about:
      "The Collectors that Prometheus scrapes under this name do not run, or cannot be scraped. While they are away no other alert can say what they lose.",
    by: [],
    metrics: ({ config: { absentAfter, memory } }) => ({
      expr: promql`${reporting(memory)} unless ${reporting(absentAfter)}`,
      for: "0m",
    }),
  },
  {
    ...common,
    name: "CollectorRestarts",
    severity: "warning",
    summary: "Collector {instance} started {value:count} times within an hour",
    about: "Something ends it: too little memory, a damaged queue, a wrong configuration after a change. Read its log.",
    by: ["instance"],
    metrics: ({ config: { collector } }) => ({
      expr: promql`max by (instance) (resets(${own("otelcol_process_uptime")}[1h])) >= ${collector.restarts}`,
      for: "0m",
    }),
  },
  {
    ...common,
    name: "CollectorBehindKafka",
    severity: "warning",
    summary: "Kafka gateways are {value:count} messages behind",
    about:
      "They read more slowly than agents write, or their backend is away. Nothing is lost while Kafka keeps the messages: compare with its retention.",
    by: [],
    metrics: ({ config: { collector } }) => ({
      expr: promql`sum(${own("otelcol_kafka_receiver_offset_lag")}) > ${collector.kafkaLag}`,
      for: collector.kafkaLagFor,
    }),
  },
];
