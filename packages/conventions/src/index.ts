export {
  CatalogueError,
  errorLine,
  errorOf,
  failureOf,
  reasonOf,
  type Catalogue,
  type CodeOf,
  type Failure,
  type ValuesOf,
} from "./catalogue.ts";
export { nearest } from "./nearest.ts";
export {
  attributes,
  buckets,
  derivedMetrics,
  events,
  metrics,
  spans,
  type AttributeRow,
  type EventRow,
  type Merge,
  type MetricRow,
  type Scope,
  type Sensitivity,
  type SpanRow,
  type Stability,
  type ValueType,
} from "./registry.ts";
export {
  checkSettings,
  readSettings,
  settings,
  type ReadSettings,
  type Relationship,
  type SettingRow,
  type Settings,
  wrongOption,
} from "./settings.ts";
export { standardVariables, standardWarnings, type StandardRow } from "./settings-standard.ts";
export { type ValueRow } from "./settings-value.ts";
export type {
  ActorType,
  AttributeName,
  DefinitionAttributes,
  DerivedMetricName,
  EventName,
  JobAttributes,
  MetricAttributeName,
  MetricName,
  RecordSource,
  RunResult,
  JobState,
  TriggerType,
} from "./generated.ts";
export { version } from "./version.ts";
