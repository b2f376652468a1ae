import { settings } from "../../packages/conventions/src/settings.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

/** The reference of all settings: `docs/reference/settings.md`. */
export const settingsPage = (): Generated => ({
  path: "docs/reference/settings.md",
  text: page("packages/conventions/src/settings.ts", "Settings", [
    "Each is an environment variable and, in code, an option of every instrumentation. A value that cannot be used never ends the app: one line on standard error names the variable, the value and what is allowed, and the default holds; given in code it is reported through OpenTelemetry's `diag`. A boolean is written as people do: `true`, `yes`, `on`, `1`, or `false`, `no`, `off`, `0`; a duration has its unit: `500ms`, `30s`, `5m`, `2h`, `1d`. An unknown `JOBTRAIL_*` variable gives one line with the nearest name. Those that begin with `JOBTRAIL_COLLECTOR_` are the Collector's (`jobtrail collector backends`) and are passed over.",
    table(
      ["variable", "option", "values", "default", "meaning"],
      settings.map((row) => [
        `\`${row.variable}\``,
        `\`${row.name}\``,
        row.values?.map((value) => `\`${value}\``).join(", ") ?? row.kind,
        row.default === undefined ? "–" : `\`${row.default}\``,
        row.brief,
      ]),
    ),
    "In code only: `redact(text)` rewrites every error text before it is kept, `requestHook(span, event)` and `endHook(span, event)` see each run's span when it opens and before it ends. What they throw is reported once and changes nothing.",
    "The standard variables of OpenTelemetry apply as everywhere: `OTEL_EXPORTER_OTLP_*`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`, `OTEL_NODE_ENABLED_INSTRUMENTATIONS`, `OTEL_NODE_DISABLED_INSTRUMENTATIONS`, `OTEL_LOG_LEVEL`. A value in one of them that Jobtrail cannot use counts as absent, as the specification asks, and is said in one line.",
  ]),
});
