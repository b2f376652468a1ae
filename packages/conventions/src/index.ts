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
  readSettings,
  settings,
  SettingsError,
  type Relationship,
  type SettingRow,
  type Settings,
} from "./settings.ts";
export type {
  ActorType,
  AttributeName,
  DefinitionAttributes,
  EventName,
  JobAttributes,
  MetricName,
  RecordSource,
  RunResult,
  JobState,
  TriggerType,
} from "./generated.ts";
export { version } from "./version.ts";
