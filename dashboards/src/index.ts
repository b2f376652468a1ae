export { alertGroups, alerts } from "./alerts.ts";
export { runbookOf } from "./alerts/alert.ts";
export type { Alert, Severity } from "./alerts/alert.ts";
export { defaultConfig, secondsOf } from "./alerts/config.ts";
export type {
  AlertConfig,
  CollectorThresholds,
  Duration,
  ScheduleThresholds,
  Thresholds as AlertThresholds,
} from "./alerts/config.ts";
export { metricRules, recordRules } from "./alerts/rules.ts";
export type { Rule, RuleGroup } from "./alerts/rules.ts";
export { alertFormats, writeAlerts } from "./alerts/write.ts";
export type { AlertFormat, AlertOptions } from "./alerts/write.ts";
export { boards } from "./boards.ts";
export { emptyText, uidOf } from "./board.ts";
export type { Board, BoardId, Panel, PanelKind, Query, Row, Source, Thresholds, Unit, Variable } from "./board.ts";
export { collectorMetrics } from "./collector.ts";
export { known, labelName, seriesName, usual } from "./metric.ts";
export type { Label, Metric, Naming } from "./metric.ts";
export { outside } from "./outside.ts";
export type { OutsideMetricName } from "./outside.ts";
export type { Promql } from "./promql.ts";
export { boardFormats, filesFolder } from "./format.ts";
export type { BoardFormat, BoardFormatName } from "./format.ts";
