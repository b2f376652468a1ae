import { derivedMetrics, metrics } from "@jobtrail/conventions";
import type { DerivedMetricName, MetricAttributeName, MetricName, MetricRow } from "@jobtrail/conventions";
import { outside } from "./outside.ts";
import type { OutsideMetricName } from "./outside.ts";

/** How a Prometheus spells what it was sent, and how it keeps histograms. */
export interface Naming {
  /** `underscore`: `job_run_duration_seconds`, the default everywhere. `utf8`: `job.run.duration_seconds`, from Prometheus 3 on. */
  readonly names: "underscore" | "utf8";
  /** `classic`: buckets as series. `native`: one series, of exponential histograms. */
  readonly histograms: "classic" | "native";
}

/** What every Prometheus has without being asked. */
export const usual: Naming = { names: "underscore", histograms: "classic" };

/** A metric by its name in OpenTelemetry. */
export type Metric = MetricName | DerivedMetricName | OutsideMetricName;

/** What else stands on series: the resource, as Prometheus spells it, and `target_info`. */
type ResourceLabel =
  | "job"
  | "instance"
  | "le"
  | "service.version"
  | "deployment.environment.name"
  | "span.kind"
  | "exporter";

/** A label of a series of ours, by the attribute's name. */
export type Label = MetricAttributeName | "job.state" | ResourceLabel;

/** Every metric that a board or an alert may use. */
export const known: Readonly<Record<Metric, MetricRow>> = { ...metrics, ...derivedMetrics, ...outside };

const suffixes: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes", "1": "_ratio" };

/** A metric's name in Prometheus, without the suffix of a histogram's series. */
export function seriesName(metric: Metric, { names }: Pick<Naming, "names"> = usual): string {
  const { unit, instrument } = known[metric];
  const name = `${metric}${suffixes[unit] ?? ""}${instrument === "counter" ? "_total" : ""}`;
  return names === "utf8" ? name : name.replaceAll(".", "_");
}

/** A label's name as Prometheus stores it. */
export const labelName = (label: Label, { names }: Pick<Naming, "names"> = usual): string =>
  names === "utf8" ? label : label.replaceAll(".", "_");
