import type { Board, Panel, Variable } from "../board.ts";
import { own } from "../collector.ts";
import type { CollectorMetric } from "../collector.ts";
import { anyIsBad, called, lines, query, stat } from "../panel.ts";
import { increasedOf, promql, rateWindow } from "../promql.ts";
import type { Promql } from "../promql.ts";
import { variables } from "../scope.ts";

const chosen = `, instance=~"$collector"`;

const of = (metric: CollectorMetric): Promql => own(metric, chosen);

/** A Collector that reports has no lines of what has not happened yet: 0 stands for them. */
const orNothing = (expr: Promql): Promql => promql`(${expr}) or 0 * sum(${of("otelcol_process_uptime")})`;

const counted = (metric: CollectorMetric): Promql => promql`sum(${increasedOf(of(metric), rateWindow)})`;

/** How much several counters grew in the time shown. */
const all = (...metrics: readonly CollectorMetric[]): Promql =>
  metrics.map((metric) => promql`(${orNothing(counted(metric))})`).reduce((sum, each) => promql`${sum} + ${each}`);

const perSecond = (metric: CollectorMetric, label: string): Promql =>
  promql`sum by (${label}) (rate(${of(metric)}[${rateWindow}]))`;

const fill: Promql = promql`max by (instance, exporter) (${of("otelcol_exporter_queue_size")} / ignoring (__name__) ${of("otelcol_exporter_queue_capacity")})`;

const from = { source: "collector", to: "pipeline" } as const satisfies Pick<Panel, "source" | "to">;

const collectorVariable: Variable = {
  kind: "query",
  name: "collector",
  title: "Collector",
  about: "The Collectors, by the address at which Prometheus scrapes them.",
  label: "instance",
  expr: promql`group by (instance) (${own("otelcol_process_uptime")})`,
  all: ".*",
};

/** The Collectors: what they lose, what waits, what they refuse. */
export const collector: Board = {
  id: "collector",
  title: "Jobs: Collectors",
  about: "Do the Collectors lose anything, does anything wait, do they refuse senders? Shows their own metrics.",
  from: "now-6h",
  variables: [...variables, collectorVariable],
  rows: [
    {
      title: "Is anything lost?",
      panels: [
        stat("Refused", "none", [query(all("otelcol_exporter_send_failed_log_records"))], {
          ...from,
          about:
            "Records that a backend refused for good. Red: they are only in the second sink. Correct the cause, then run `jobtrail collector resend`.",
          thresholds: anyIsBad,
        }),
        stat("Did not fit", "none", [query(all("otelcol_exporter_enqueue_failed_log_records"))], {
          ...from,
          about:
            "Records that a full queue did not take. Red: with one backend the senders repeat them; with several they are only in the second sink.",
          thresholds: anyIsBad,
        }),
        stat("Too old", "none", [query(all("otelcol_processor_filter_logs_filtered"))], {
          ...from,
          about: "Records older than a backend accepts. Red: they are only in the second sink.",
          thresholds: anyIsBad,
        }),
        stat(
          "Spans lost",
          "none",
          [query(all("otelcol_exporter_send_failed_spans", "otelcol_exporter_enqueue_failed_spans"))],
          {
            ...from,
            about: "Spans that a backend refused, or that fitted in no queue. Red: they are lost; read the log.",
            thresholds: anyIsBad,
          },
        ),
        stat(
          "Points lost",
          "none",
          [query(all("otelcol_exporter_send_failed_metric_points", "otelcol_exporter_enqueue_failed_metric_points"))],
          {
            ...from,
            about: "Points that a backend refused, or that fitted in no queue. Red: they are lost; read the log.",
            thresholds: anyIsBad,
          },
        ),
        stat("Fullest queue", "percentunit", [query(promql`max(${fill})`)], {
          ...from,
          about: "How full the fullest queue is. Red: its backend is away or too slow.",
          thresholds: { warn: 0.25, bad: 0.5 },
        }),
      ],
    },
    {
      title: "Does anything wait?",
      panels: [
        lines("How full each queue is", "percentunit", [query(fill, ["exporter", "instance"])], {
          ...from,
          about: "The share of each queue that waits for its backend. Red: the backend is away or too slow.",
          thresholds: { warn: 0.25, bad: 0.5 },
        }),
        lines(
          "Bytes in each queue",
          "bytes",
          [query(promql`sum by (instance, exporter) (${of("otelcol_exporter_queue_size")})`, ["exporter", "instance"])],
          {
            ...from,
            about: "What waits on disk for each backend. A steady rise means that the backend takes less than comes.",
          },
        ),
        lines(
          "Records sent",
          "ops",
          [query(perSecond("otelcol_exporter_sent_log_records", "exporter"), ["exporter"])],
          {
            ...from,
            about:
              "Records delivered, by exporter. Each backend's line should follow file/second_sink, the copy on disk.",
          },
        ),
        lines(
          "Messages behind Kafka",
          "short",
          [called("behind", orNothing(promql`sum(${of("otelcol_kafka_receiver_offset_lag")})`))],
          { ...from, about: "How many messages in Kafka the gateways have not read. Without Kafka it is 0." },
        ),
      ],
    },
    {
      title: "Is anybody refused?",
      panels: [
        lines(
          "Refused to senders",
          "ops",
          [
            called(
              "records",
              orNothing(promql`sum(rate(${of("otelcol_receiver_refused_log_records")}[${rateWindow}]))`),
            ),
            called("spans", orNothing(promql`sum(rate(${of("otelcol_receiver_refused_spans")}[${rateWindow}]))`)),
            called(
              "metric points",
              orNothing(promql`sum(rate(${of("otelcol_receiver_refused_metric_points")}[${rateWindow}]))`),
            ),
          ],
          {
            ...from,
            about:
              "Senders repeat what is refused. Red: the memory limit, a second sink that cannot be written, or a full queue.",
            thresholds: { bad: 0.001 },
          },
        ),
        lines(
          "Refused for lack of memory",
          "ops",
          [
            called(
              "records",
              orNothing(
                promql`sum(rate(${of("otelcol_processor_memory_limiter_refused_log_records")}[${rateWindow}]))`,
              ),
            ),
          ],
          {
            ...from,
            about: "Red: raise JOBTRAIL_COLLECTOR_MEMORY_MIB, and the memory of the machine or the pod.",
            thresholds: { bad: 0.001 },
          },
        ),
      ],
    },
    {
      title: "The processes",
      panels: [
        lines(
          "Memory",
          "bytes",
          [query(promql`max by (instance) (${of("otelcol_process_memory_rss")})`, ["instance"])],
          {
            ...from,
            about: "The resident memory of each Collector. Compare it with JOBTRAIL_COLLECTOR_MEMORY_MIB.",
          },
        ),
        lines("Uptime", "s", [query(promql`max by (instance) (${of("otelcol_process_uptime")})`, ["instance"])], {
          ...from,
          about: "How long each Collector has run. A line that falls to 0 is a restart.",
        }),
        lines(
          "Traces that wait for a decision",
          "short",
          [
            query(promql`max by (instance) (${of("otelcol_processor_tail_sampling_sampling_traces_on_memory")})`, [
              "instance",
            ]),
          ],
          {
            ...from,
            about:
              "Traces that a gateway's sampler holds. Above JOBTRAIL_COLLECTOR_TRACES_HELD, 50000 by default, the oldest are dropped before their wait is over.",
            thresholds: { warn: 40_000, bad: 50_000 },
          },
        ),
      ],
    },
  ],
};
