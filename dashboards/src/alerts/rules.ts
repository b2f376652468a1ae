import { alertGroups } from "../alerts.ts";
import { usual } from "../metric.ts";
import type { Naming } from "../metric.ts";
import type { Alert, Condition } from "./alert.ts";
import type { AlertConfig } from "./config.ts";
import { scopesOf } from "./scope.ts";
import { filled, linksOf } from "./text.ts";

/** A rule as Prometheus and Loki read it. */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Rules that are looked at together. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** Rules over metrics. */
export const metricRules = (config: AlertConfig, naming: Naming = usual): RuleGroup[] =>
  groupsOf(config, naming, (alert, scope) => {
    const { expr, for: held } = alert.metrics(scope);
    return { expr: expr(naming), for: held };
  });

/** Rules over the job log's records, for the alerts that records tell enough for. */
export const recordRules = (config: AlertConfig): RuleGroup[] =>
  groupsOf(config, usual, (alert, scope) => alert.records?.(scope));

type Asked = (alert: Alert, scope: ReturnType<typeof scopesOf>[number]) => Condition<string> | undefined;

function groupsOf(config: AlertConfig, naming: Naming, ask: Asked): RuleGroup[] {
  return Object.entries(alertGroups)
    .map(([name, alerts]) => ({
      name,
      interval: "1m",
      rules: alerts
        .filter((alert) => !config.disabled.includes(alert.name))
        .flatMap((alert) => rulesOf(alert, config, naming, ask)),
    }))
    .filter(({ rules }) => rules.length > 0);
}

function rulesOf(alert: Alert, config: AlertConfig, naming: Naming, ask: Asked): Rule[] {
  const conditions = scopesOf(alert, config).flatMap((scope) => ask(alert, scope) ?? []);
  const unlike = conditions.filter(({ expr }, n) => conditions.findIndex((each) => each.expr === expr) === n);
  return unlike.map(({ expr, for: held }) => ({
    alert: alert.name,
    expr,
    for: held,
    labels: { ...config.labels, severity: alert.severity },
    annotations: {
      summary: filled(alert.summary, { value: "$value", naming }),
      description: alert.about,
      ...linksOf(alert, config, naming),
    },
  }));
}
