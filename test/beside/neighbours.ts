/** A tool that traces the same process, as an app has it. */
export interface Neighbour {
  readonly name: string;
  /** Which installation has it: a folder of `sets`. */
  readonly set: string;
  /** Node's flags that start it. */
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whose SDK takes Jobtrail's telemetry, so that Jobtrail sends nothing: one that sends to the receiver, or elsewhere. */
  readonly sdk?: "to the receiver" | "elsewhere";
  /** What it sees with Jobtrail, where that is more than without. */
  readonly seen?: readonly (readonly [name: string, parent: string])[];
  /** Jobtrail's spans where they are not the usual two, the run's with a link to the call's. */
  readonly spans?: readonly string[];
  /** Whether it is tried in each test run, and not in `pnpm proof:beside` alone. */
  readonly isShort?: true;
  /** What a user sees of his jobs, and where. */
  readonly jobs: string;
}

const datadog = {
  DD_TRACE_EXPERIMENTAL_EXPORTER: "log",
  DD_TRACE_STARTUP_LOGS: "false",
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
  DD_REMOTE_CONFIGURATION_ENABLED: "false",
};

const newRelic = {
  NEW_RELIC_APP_NAME: "shop",
  NEW_RELIC_LICENSE_KEY: "0123456789abcdef0123456789abcdef01234567",
  NEW_RELIC_HOST: "127.0.0.1",
  NEW_RELIC_PORT: "1",
  NEW_RELIC_LOG_ENABLED: "false",
  NEW_RELIC_NO_CONFIG_FILE: "true",
};

// The others ask the network where the process runs.
const detectors = { OTEL_NODE_RESOURCE_DETECTORS: "env,host,process" };

const instrumented = [
  "--import",
  "@opentelemetry/auto-instrumentations-node/register",
  "--import",
  "./preload/opentelemetry.mjs",
];

/** Every neighbour that is tried, in both orders of loading. */
export const neighbours: readonly Neighbour[] = [
  {
    name: "Sentry 11",
    set: "sentry",
    flags: ["--import", "./preload/sentry.mjs"],
    isShort: true,
    jobs: "Jobtrail sends all three signals itself. Sentry's traces and breadcrumbs are as without it.",
  },
  {
    name: "Sentry 11 with BullMQTelemetry",
    set: "sentry",
    flags: ["--import", "./preload/sentry.mjs"],
    env: { SENTRY_BULLMQ: "yes" },
    jobs: "As above. Sentry's metadata stays in its place, and Jobtrail's stands in the job option `jobtrail`: runs are linked in both.",
  },
  {
    name: "Sentry 10",
    set: "sentry",
    flags: ["--import", "./preload/sentry.mjs"],
    env: { SENTRY: "sentry-10" },
    spans: [],
    seen: [
      ["add mail", "GET /order"],
      ["breadcrumb shop/order", "none"],
      ["breadcrumb shop/stock", "none"],
      ["GET /order", "none"],
      ["GET /stock", "GET shop/stock"],
      ["GET shop/stock", "process mail"],
      ["process mail", "none"],
    ],
    jobs: "It has an OpenTelemetry SDK for traces: the call stands in the request's trace, and each run in its own. Jobtrail sends records and metrics itself.",
  },
  {
    name: "dd-trace 6",
    set: "datadog",
    flags: ["--import", "./preload/datadog.mjs", "--import", "dd-trace/initialize.mjs"],
    env: datadog,
    isShort: true,
    jobs: "Jobtrail sends all three signals itself. Datadog's spans are as without it, and its job metadata stands beside Jobtrail's.",
  },
  {
    name: "dd-trace 6 without its BullMQ plugin",
    set: "datadog",
    flags: ["--import", "./preload/datadog.mjs", "--import", "dd-trace/initialize.mjs"],
    env: { ...datadog, DD_TRACE_BULLMQ_ENABLED: "false" },
    jobs: "As above, without Datadog's own spans of jobs.",
  },
  {
    name: "dd-trace 5",
    set: "datadog",
    flags: ["--import", "./preload/datadog.mjs", "--import", "dd-trace-5/initialize.mjs"],
    env: datadog,
    jobs: "As above.",
  },
  {
    name: "New Relic 14",
    set: "newrelic",
    flags: ["--require", "./preload/newrelic.cjs"],
    env: newRelic,
    jobs: "Jobtrail sends all three signals itself. New Relic's transactions are as without it.",
  },
  {
    name: "New Relic 14 with its OpenTelemetry bridge",
    set: "newrelic",
    flags: ["--require", "./preload/newrelic.cjs"],
    env: { ...newRelic, NEW_RELIC_OPENTELEMETRY_ENABLED: "true" },
    sdk: "elsewhere",
    seen: [
      ["MessageBroker/unknown/unknown/Produce", "WebTransaction/NormalizedUri/*"],
      ["OtherTransaction/Message/unknown", "ROOT"],
      ["WebTransaction/NormalizedUri/*", "ROOT"],
      ["WebTransaction/NormalizedUri/*", "ROOT"],
    ],
    jobs: "Everything goes to New Relic: the call is a segment of its transaction, and each run a transaction.",
  },
  {
    name: "Elastic APM 4",
    set: "elastic",
    flags: ["--require", "./preload/elastic.cjs"],
    jobs: "Jobtrail sends all three signals itself. Elastic's transactions are as without it.",
  },
  {
    name: "Elastic's OpenTelemetry distribution 1",
    set: "elastic",
    flags: ["--import", "@elastic/opentelemetry-node", "--import", "./preload/opentelemetry.mjs"],
    env: { ...detectors, ELASTIC_OTEL_OPAMP_ENDPOINT: "" },
    sdk: "to the receiver",
    jobs: "Everything goes through Elastic's SDK.",
  },
  {
    name: "@opentelemetry/auto-instrumentations-node 0.82",
    set: "opentelemetry",
    flags: instrumented,
    env: detectors,
    sdk: "to the receiver",
    isShort: true,
    jobs: "Everything goes through the app's SDK: the call stands in the request's trace, and each run in its own, linked.",
  },
  {
    name: "bullmq-otel 2",
    set: "opentelemetry",
    flags: instrumented,
    env: { ...detectors, BULLMQ_OTEL: "yes" },
    sdk: "to the receiver",
    spans: ["add mail.welcome", "process mail of add mail.welcome"],
    jobs: "BullMQ's own spans are adopted: they get Jobtrail's links, attributes and records, and none is doubled.",
  },
  {
    name: "bullmq-otel 2 without an SDK",
    set: "opentelemetry",
    flags: ["--import", "./preload/opentelemetry.mjs"],
    env: { BULLMQ_OTEL: "yes" },
    isShort: true,
    jobs: "BullMQ's own spans record nothing then, so Jobtrail's take their place, and it sends all three signals itself.",
  },
];
