/**
 * The settings, once: from this table come the types' documentation, the reference
 * page and the reading of `JOBTRAIL_*`. It is read without a validator, because it
 * is read in every process that loads `@jobtrail/register`.
 */

import { errorLine } from "./catalogue.ts";
import type { ValuesOf } from "./catalogue.ts";
import { catalogue } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { acceptsValue, expectedInCode, expectedOf, parseValue, textOf } from "./settings-value.ts";
import type { ValueRow } from "./settings-value.ts";

/** What stands in the environment for one setting. */
export interface SettingRow extends ValueRow {
  /** The option's name in code. */
  readonly name: keyof Settings;
  /** The environment variable. */
  readonly variable: string;
  /** As it would be written in the environment; absent where the setting is off until it is given. */
  readonly default?: string;
  readonly brief: string;
}

/** How a run's span relates to the span that queued its job. */
export type Relationship = "link" | "parent" | "none";

/** The settings that can be said in the environment. Durations are milliseconds. */
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
    brief: "Whether anything is watched at all.",
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
    brief: "What is emitted.",
  },
  {
    name: "propagation",
    variable: "JOBTRAIL_PROPAGATION",
    kind: "boolean",
    default: "on",
    brief:
      "Whether the sender's trace context, actor and scope travel with the job, in the place that its system has for such things. off: what is stored is byte for byte what it would be without Jobtrail.",
  },
  {
    name: "relationship",
    variable: "JOBTRAIL_RELATIONSHIP",
    kind: "choice",
    values: ["link", "parent", "none"],
    default: "link",
    brief: "How a run's span relates to the span that queued its job. In code also a function of the started event.",
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
    brief: "What a run's span is named by: `process {queue}` or `process {job name}`.",
  },
  {
    name: "retriedStatus",
    variable: "JOBTRAIL_RETRIED_STATUS",
    kind: "choice",
    values: ["error", "unset"],
    default: "error",
    brief: "The span status of a failed run that will be tried again.",
  },
  {
    name: "ignore",
    variable: "JOBTRAIL_IGNORE",
    kind: "names",
    brief: "Queues, job names and schedules that are not watched. In code also a function of the definition.",
  },
  {
    name: "capture",
    variable: "JOBTRAIL_CAPTURE",
    kind: "choice",
    values: ["none", "hash"],
    default: "none",
    brief:
      "What is kept of payloads and results. hash: their size and SHA-256, at the price of serialising each a second time. The values themselves never.",
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
    brief: "How often a run that lasts longer than this says that it is still at work.",
  },
  {
    name: "cardinalityLimit",
    variable: "JOBTRAIL_CARDINALITY_LIMIT",
    kind: "count",
    default: "200",
    brief: "How many distinct queue, job and schedule names get metrics of their own; later ones are _OTHER.",
  },
  {
    name: "namespace",
    variable: "JOBTRAIL_NAMESPACE",
    kind: "text",
    brief: "The namespace of job systems that have none of their own, such as schedulers in the process.",
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
    brief: "The account that jobs are of where `record` is product-live; by default the tenant.",
  },
  {
    name: "record",
    variable: "JOBTRAIL_RECORD",
    kind: "choice",
    values: ["better-content-archiving", "devo", "harperdb", "product-live", "qlik"],
    brief:
      "The documented schema in which log records also carry what they tell, wherever the schema has a word for it. In code it is the option `render`.",
  },
  {
    name: "recordAs",
    variable: "JOBTRAIL_RECORD_AS",
    kind: "choice",
    values: ["attribute", "body"],
    default: "attribute",
    brief:
      "Where that stands: in the attribute `job.record.content`, or in the place of the sentence that is the body.",
  },
];

/**
 * Variables under our prefix that are not for us: what Kubernetes injects for a Service called `jobtrail`, and what an
 * app that shares its environment with the Collector sees of the Collector's.
 */
const others = /^JOBTRAIL_(SERVICE_|PORT(_|$)|COLLECTOR_|OTELCOL$)/;

/** Settings, and what is to be said of those that were given. */
export interface ReadSettings {
  readonly settings: Settings;
  /** One line for each wrong value, whose default holds, and one for each `JOBTRAIL_*` variable that nobody knows. */
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

/** Settings that were given in code: those that can be used, and one line for each that cannot. */
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
  const holds = row.default === undefined ? "It counts as not set." : `The default ${row.default} holds.`;
  return invalid({ setting: row.variable, found: said(text), expected: expectedOf(row), instead: holds });
}

/** Says that an option given in code cannot be used. @param found is shown only where it is text, a number or the like. */
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
