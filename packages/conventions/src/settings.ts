/**
 * All settings. The types' documentation, the reference page and the reader of
 * `JOBTRAIL_*` are made from this table. It is read without a validator, because it
 * is read in every process that loads `@jobtrail/register`.
 */

import { errorLine } from "./catalogue.ts";
import type { ValuesOf } from "./catalogue.ts";
import { catalogue } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { acceptsValue, expectedInCode, expectedOf, parseValue, textOf } from "./settings-value.ts";
import type { ValueRow } from "./settings-value.ts";

/** One setting and its environment variable. */
export interface SettingRow extends ValueRow {
  /** The option's name in code. */
  readonly name: keyof Settings;
  /** The environment variable. */
  readonly variable: string;
  /** The default as text, as in the environment; absent if the setting is off by default. */
  readonly default?: string;
  readonly brief: string;
}

/** How a run's span relates to the span that queued its job. */
export type Relationship = "link" | "parent" | "none";

/** The settings that the environment can hold. Durations are milliseconds. */
export interface Settings {
  readonly enabled: boolean;
  readonly sdk: "auto" | "on" | "off";
  readonly signals: readonly ("traces" | "logs" | "metrics")[];
  readonly propagation: boolean;
  readonly relationship: Relationship;
  readonly parentMaxWait: number | undefined;
  readonly spanName: "queue" | "name";
  readonly retriedStatus: "error" | "unset";
  readonly ignore: readonly string[];
  readonly capture: "none" | "hash";
  readonly progressInterval: number;
  readonly heartbeatInterval: number;
  readonly cardinalityLimit: number;
  readonly namespace: string | undefined;
  readonly tenant: string | undefined;
  readonly account: string | undefined;
  readonly record: string | undefined;
  readonly recordAs: "attribute" | "body";
}

/** Every setting, in the order of the reference page. */
export const settings: readonly SettingRow[] = [
  {
    name: "enabled",
    variable: "JOBTRAIL_ENABLED",
    kind: "boolean",
    default: "true",
    brief: "Whether Jobtrail observes jobs at all.",
  },
  {
    name: "sdk",
    variable: "JOBTRAIL_SDK",
    kind: "choice",
    values: ["auto", "on", "off"],
    default: "auto",
    brief:
      "Who sends the telemetry. auto: the app's own OpenTelemetry SDK if it starts one, else a private one. on: register one for the whole process. off: only the app's own.",
  },
  {
    name: "signals",
    variable: "JOBTRAIL_SIGNALS",
    kind: "list",
    values: ["traces", "logs", "metrics"],
    default: "traces,logs,metrics",
    brief: "The signals that are emitted.",
  },
  {
    name: "propagation",
    variable: "JOBTRAIL_PROPAGATION",
    kind: "boolean",
    default: "on",
    brief:
      "Whether the sender's trace context, actor and scope travel with the job, in the field that its job system has for metadata. off: stored jobs are byte for byte the same as without Jobtrail.",
  },
  {
    name: "relationship",
    variable: "JOBTRAIL_RELATIONSHIP",
    kind: "choice",
    values: ["link", "parent", "none"],
    default: "link",
    brief:
      "How a run's span relates to the span that queued its job. In code also a function of the `job.run.started` event.",
  },
  {
    name: "parentMaxWait",
    variable: "JOBTRAIL_PARENT_MAX_WAIT",
    kind: "duration",
    brief: "With relationship=parent: a run that waited longer is linked instead.",
  },
  {
    name: "spanName",
    variable: "JOBTRAIL_SPAN_NAME",
    kind: "choice",
    values: ["queue", "name"],
    default: "queue",
    brief: "The name of a run's span: `process {queue}` or `process {job name}`.",
  },
  {
    name: "retriedStatus",
    variable: "JOBTRAIL_RETRIED_STATUS",
    kind: "choice",
    values: ["error", "unset"],
    default: "error",
    brief: "The span status of a failed run that will be retried.",
  },
  {
    name: "ignore",
    variable: "JOBTRAIL_IGNORE",
    kind: "names",
    brief: "Queues, job names and schedules that are not observed. In code also a function of the definition.",
  },
  {
    name: "capture",
    variable: "JOBTRAIL_CAPTURE",
    kind: "choice",
    values: ["none", "hash"],
    default: "none",
    brief:
      "What is recorded of payloads and results. hash: their size and SHA-256, which costs a second serialisation of each. The values themselves are never recorded.",
  },
  {
    name: "progressInterval",
    variable: "JOBTRAIL_PROGRESS_INTERVAL",
    kind: "duration",
    default: "1s",
    brief: "The least time between two progress records of one run.",
  },
  {
    name: "heartbeatInterval",
    variable: "JOBTRAIL_HEARTBEAT_INTERVAL",
    kind: "duration",
    default: "60s",
    brief: "The interval of heartbeat records of a run that lasts longer than this.",
  },
  {
    name: "cardinalityLimit",
    variable: "JOBTRAIL_CARDINALITY_LIMIT",
    kind: "count",
    default: "200",
    brief: "How many distinct queue, job and schedule names get their own metric series; later names become _OTHER.",
  },
  {
    name: "namespace",
    variable: "JOBTRAIL_NAMESPACE",
    kind: "text",
    brief: "The namespace of job systems without one, such as schedulers in the process.",
  },
  {
    name: "tenant",
    variable: "JOBTRAIL_TENANT",
    kind: "text",
    brief: "The tenant that every job of this process belongs to.",
  },
  {
    name: "account",
    variable: "JOBTRAIL_ACCOUNT",
    kind: "text",
    brief: "The account of the jobs if `record` is product-live; by default the tenant.",
  },
  {
    name: "record",
    variable: "JOBTRAIL_RECORD",
    kind: "choice",
    values: ["better-content-archiving", "devo", "harperdb", "product-live", "qlik"],
    brief:
      "The documented schema in which log records are also rendered, as far as the schema has a field for them. In code it is the option `render`.",
  },
  {
    name: "recordAs",
    variable: "JOBTRAIL_RECORD_AS",
    kind: "choice",
    values: ["attribute", "body"],
    default: "attribute",
    brief:
      "Where the rendered record is: in the attribute `job.record.content`, or in the body, instead of the sentence.",
  },
];

/**
 * Variables with our prefix that are not settings: those that Kubernetes injects for a Service called `jobtrail`, and
 * those of the Collector, which an app may share its environment with.
 */
const others = /^JOBTRAIL_(SERVICE_|PORT(_|$)|COLLECTOR_|OTELCOL$)/;

/** Settings, and warnings about the given values. */
export interface ReadSettings {
  readonly settings: Settings;
  /** One line for each wrong value, which is replaced by its default, and one for each unknown `JOBTRAIL_*` variable. */
  readonly warnings: readonly string[];
}

/** Reads the settings from an environment. Never throws: a wrong value must not end the app that has it. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): ReadSettings {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const row of settings) {
    const text = textOf(env, row.variable);
    const value = text === undefined ? undefined : parseValue(text, row);
    if (text !== undefined && value === undefined) wrong.push(wrongVariable(row, text));
    values[row.name] = value ?? defaultOf(row);
  }
  return { settings: values as unknown as Settings, warnings: [...wrong, ...unknownVariables(env)] };
}

/** Checks settings that were given in code: returns the usable ones, and one line for each that is not. */
export function checkSettings(given: Readonly<Partial<Record<keyof Settings, unknown>>>): {
  readonly usable: Partial<Settings>;
  readonly warnings: readonly string[];
} {
  const rows = settings.filter(({ name }) => given[name] !== undefined);
  const wrong = rows.filter((row) => !acceptsValue(given[row.name], row));
  return {
    usable: Object.fromEntries(rows.filter((row) => !wrong.includes(row)).map(({ name }) => [name, given[name]])),
    warnings: wrong.map((row) => wrongOption(row.name, given[row.name], expectedInCode(row))),
  };
}

function wrongVariable(row: SettingRow, text: string): string {
  const holds = row.default === undefined ? "It is treated as not set." : `The default ${row.default} applies.`;
  return invalid({ setting: row.variable, found: said(text), expected: expectedOf(row), instead: holds });
}

/** Says that an option given in code cannot be used. @param found is shown only if it is text, a number or the like. */
export function wrongOption(name: string, found: unknown, expected: string): string {
  const shown = typeof found === "object" || typeof found === "function" ? `of type ${typeof found}` : said(found);
  return invalid({ setting: `the option ${name}`, found: shown, expected, instead: "It is ignored." });
}

const invalid = (values: ValuesOf<(typeof catalogue)["JOBTRAIL_SETTING_INVALID"]>): string =>
  errorLine(catalogue, "JOBTRAIL_SETTING_INVALID", values);

const said = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

function defaultOf(row: SettingRow): unknown {
  if (row.default !== undefined) return parseValue(row.default, row);
  return row.kind === "names" ? [] : undefined;
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = settings.map((row) => row.variable);
  return Object.keys(env)
    .filter((name) => name.startsWith("JOBTRAIL_") && !known.includes(name) && !others.test(name))
    .map((name) => `${name} is not a setting of Jobtrail and is ignored. Did you mean ${nearest(name, known)}?`);
}
