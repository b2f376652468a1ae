import { usual } from "../metric.ts";
import type { Naming } from "../metric.ts";
import type { AlertConfig } from "./config.ts";
import { metricRules, recordRules } from "./rules.ts";
import type { Rule, RuleGroup } from "./rules.ts";

/** How alerts can be written, and for what. */
export const alertFormats = {
  prometheus: "a rule file of Prometheus, Mimir, Thanos or VictoriaMetrics' vmalert",
  "prometheus-operator": "a PrometheusRule for Kubernetes",
  grafana: "alert provisioning of Grafana",
  loki: "a rule file of Loki's ruler, over the job log's records",
} as const;

/** A way of writing alerts. */
export type AlertFormat = keyof typeof alertFormats;

/** What a format may also want to know. */
export interface AlertOptions {
  readonly naming?: Naming;
  /** The uid of Grafana's data source for metrics. */
  readonly datasource?: string;
}

/** The file of a format, as a value that is written as YAML. */
export function writeAlerts(format: AlertFormat, config: AlertConfig, options: AlertOptions = {}): object {
  const { naming = usual, datasource = "prometheus" } = options;
  return writers[format](config, naming, datasource);
}

const writers: Readonly<Record<AlertFormat, (config: AlertConfig, naming: Naming, datasource: string) => object>> = {
  prometheus: (config, naming) => ({ groups: metricRules(config, naming) }),
  "prometheus-operator": (config, naming) => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "jobtrail", labels: { "app.kubernetes.io/name": "jobtrail" } },
    spec: { groups: metricRules(config, naming) },
  }),
  grafana: (config, naming, datasource) => ({
    apiVersion: 1,
    groups: metricRules(config, naming).map((group) => grafanaGroup(group, datasource)),
  }),
  loki: (config) => ({ groups: recordRules(config) }),
};

const grafanaGroup = ({ name, interval, rules }: RuleGroup, datasource: string): object => ({
  orgId: 1,
  name,
  folder: "Jobtrail",
  interval,
  rules: rules.map((rule, n) => grafanaRule(rule, n, datasource)),
});

/**
 * A query that gives a series for each thing that is wrong, with a value above 0, and a condition that holds for all.
 * Grafana reads a dollar sign in labels as the name of an environment variable, and in annotations as it stands.
 */
function grafanaRule({ alert, expr, for: held, labels, annotations }: Rule, n: number, datasource: string): object {
  const { dashboard_url: board = "" } = annotations;
  return {
    uid: `jobtrail-${alert.toLowerCase()}-${n}`,
    title: n === 0 ? alert : `${alert} ${n + 1}`,
    condition: "wrong",
    data: [
      {
        refId: "A",
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: datasource,
        model: { refId: "A", expr, instant: true, range: false, intervalMs: 1000, maxDataPoints: 43_200 },
      },
      {
        refId: "wrong",
        relativeTimeRange: { from: 0, to: 0 },
        datasourceUid: "__expr__",
        model: {
          refId: "wrong",
          type: "threshold",
          expression: "A",
          conditions: [{ type: "query", evaluator: { type: "gt", params: [0] } }],
        },
      },
    ],
    // Nothing is found where nothing is wrong.
    noDataState: "OK",
    execErrState: "Error",
    for: held,
    labels: Object.fromEntries(Object.entries(labels).map(([key, text]) => [key, text.replaceAll("$", "$$$$")])),
    annotations: {
      ...Object.fromEntries(
        Object.entries(annotations).map(([key, text]) => [key, text.replaceAll("$value", "$values.A.Value")]),
      ),
      __dashboardUid__: /\/d\/([^?]+)/.exec(board)?.[1] ?? "",
    },
    isPaused: false,
  };
}
