/**
 * OpenTelemetry's own variables that Jobtrail reads, and what it allows in them. As the specification
 * asks, a value that cannot be used counts as absent; here it is also said.
 */

import { textOf } from "./settings-value.ts";

/** What stands in the environment for one of OpenTelemetry's variables. */
export interface StandardRow {
  readonly variable: string;
  /** Whether it counts for whoever is watched, or only where Jobtrail sends by itself. */
  readonly when: "start" | "send";
  /** The allowed values, as text after "expected". */
  readonly expected: string;
  /** What happens where the value is another one. */
  readonly otherwise: string;
  readonly isSecret?: boolean;
  accepts(text: string): boolean;
}

const words = (
  variable: string,
  when: StandardRow["when"],
  values: readonly string[],
  otherwise: string,
): StandardRow => ({
  variable,
  when,
  expected: `one of ${values.join(", ")}`,
  otherwise,
  accepts: (text) => values.includes(text.toLowerCase()),
});

/** The longest delay that a timer can have: a longer one would be over at once. */
const most = 2_147_483_647;

const number = (variable: string, otherwise: string, unit = "a number"): StandardRow => ({
  variable,
  when: "send",
  expected: `${unit} above 0 and up to ${most}`,
  otherwise: `The default ${otherwise} applies.`,
  accepts: (text) => Number(text) > 0 && Number(text) <= most,
});

const milliseconds = (variable: string, ms: number): StandardRow =>
  number(variable, String(ms), "milliseconds, without a unit,");

const pairs = (variable: string, otherwise: string, isSecret: boolean): StandardRow => ({
  variable,
  when: "send",
  expected: "key=value pairs, separated by commas, with % only before two hex digits",
  otherwise,
  isSecret,
  accepts: isDecodable,
});

/** A variable and the ones that say it for one signal alone. */
const perSignal = (name: string, row: (variable: string) => StandardRow): readonly StandardRow[] =>
  ["", "TRACES_", "LOGS_", "METRICS_"].map((signal) => row(`OTEL_EXPORTER_OTLP_${signal}${name}`));

const samplers = ["always_on", "always_off", "traceidratio"];

/** Every variable of OpenTelemetry's that can hold a value which Jobtrail cannot use. */
export const standardVariables: readonly StandardRow[] = [
  words(
    "OTEL_SDK_DISABLED",
    "start",
    ["true", "false"],
    "OpenTelemetry takes everything but true as false. JOBTRAIL_ENABLED=no turns Jobtrail off.",
  ),
  words(
    "OTEL_LOG_LEVEL",
    "start",
    ["none", "error", "warn", "info", "debug", "verbose", "all"],
    "Nothing of OpenTelemetry's own messages is shown.",
  ),
  words(
    "OTEL_TRACES_SAMPLER",
    "send",
    [...samplers, ...samplers.map((name) => `parentbased_${name}`)],
    "The default parentbased_always_on applies.",
  ),
  {
    variable: "OTEL_TRACES_SAMPLER_ARG",
    when: "send",
    expected: "a share from 0 to 1",
    otherwise: "The default 1 applies.",
    accepts: (text) => Number(text) >= 0 && Number(text) <= 1,
  },
  words(
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "send",
    ["cumulative", "delta", "lowmemory"],
    "The default cumulative applies.",
  ),
  ...perSignal("COMPRESSION", (variable) => words(variable, "send", ["gzip", "none"], "Nothing is compressed.")),
  ...perSignal("TIMEOUT", (variable) => milliseconds(variable, 10_000)),
  ...perSignal("HEADERS", (variable) => pairs(variable, "None of its headers is sent.", true)),
  pairs("OTEL_RESOURCE_ATTRIBUTES", "None of its attributes counts.", false),
  number("OTEL_BSP_MAX_QUEUE_SIZE", "32768"),
  number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512"),
  milliseconds("OTEL_BSP_SCHEDULE_DELAY", 5000),
  number("OTEL_BLRP_MAX_QUEUE_SIZE", "32768"),
  number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "512"),
  milliseconds("OTEL_BLRP_SCHEDULE_DELAY", 1000),
  milliseconds("OTEL_METRIC_EXPORT_INTERVAL", 60_000),
];

/** One line for each of OpenTelemetry's variables whose value Jobtrail cannot use. */
export function standardWarnings(
  env: Readonly<Record<string, string | undefined>>,
  when: StandardRow["when"],
): readonly string[] {
  return standardVariables
    .filter((row) => row.when === when)
    .flatMap(({ variable, accepts, expected, otherwise, isSecret = false }) => {
      const text = textOf(env, variable);
      if (text === undefined || accepts(text)) return [];
      return [
        `${variable} ${isSecret ? "cannot be read" : `is ${JSON.stringify(text)}`}; expected ${expected}. ${otherwise}`,
      ];
    });
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return text.split(",").every((pair) => pair.trim() === "" || pair.includes("="));
  } catch {
    return false;
  }
}
