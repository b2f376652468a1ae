import type { Vendor } from "./row.ts";
import { basic, bearer, limited, megabyte, only, signed, three } from "./ways.ts";

const aws = (service: string) => signed("AKIDTEST", "eu-central-1", service);
const datadog = { "dd-api-key": "dd-test" };

/** The backends that their vendors run. */
export const services: readonly Vendor[] = [
  {
    backend: "aws-cloudwatch",
    env: {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIDTEST",
      AWS_SECRET_ACCESS_KEY: "secret of the test",
      CLOUDWATCH_LOG_GROUP: "/jobs/test",
      CLOUDWATCH_LOG_STREAM: "jobtrail",
    },
    ways: {
      logs: {
        url: "https://logs.eu-central-1.amazonaws.com/v1/logs",
        headers: { ...aws("logs"), "x-aws-log-group": "/jobs/test", "x-aws-log-stream": "jobtrail" },
        largest: megabyte,
      },
      traces: {
        url: "https://xray.eu-central-1.amazonaws.com/v1/traces",
        headers: aws("xray"),
        largest: 5 * megabyte,
      },
      metrics: { url: "https://monitoring.eu-central-1.amazonaws.com/v1/metrics", headers: aws("monitoring") },
    },
    secret: "authorization",
    isOld: true,
    oldestHours: 14 * 24,
    widestHours: 24,
    answers: { wrongSecret: 403, tooOld: 200 },
    checks: "Of the signature its form and what it is for, not its digits.",
  },
  {
    backend: "axiom",
    env: {
      AXIOM_TOKEN: "xaat-test",
      AXIOM_DATASET: "jobs",
      AXIOM_TRACES_DATASET: "job-traces",
      AXIOM_METRICS_DATASET: "job-metrics",
    },
    ways: three("https://api.axiom.co", bearer("xaat-test"), {
      logs: { "x-axiom-dataset": "jobs" },
      traces: { "x-axiom-dataset": "job-traces" },
      metrics: { "x-axiom-metrics-dataset": "job-metrics" },
    }),
    secret: "authorization",
    checks: "Protobuf only is documented for metrics alone.",
  },
  {
    backend: "better-stack",
    env: { BETTER_STACK_INGESTING_HOST: "s1.eu-nbg-2.betterstackdata.com", BETTER_STACK_SOURCE_TOKEN: "source-test" },
    ways: three("https://s1.eu-nbg-2.betterstackdata.com", bearer("source-test")),
    secret: "authorization",
    checks: "The header is the one that a source's page shows, which is no reference.",
  },
  {
    backend: "coralogix",
    env: { CORALOGIX_DOMAIN: "eu1.coralogix.com", CORALOGIX_PRIVATE_KEY: "cxtp-test" },
    ways: limited(
      three("https://ingress.eu1.coralogix.com", {
        ...bearer("cxtp-test"),
        "cx-application-name": "jobtrail",
        "cx-subsystem-name": "jobs",
      }),
      10 * megabyte,
    ),
    secret: "authorization",
    checks: "That headers name application and subsystem over HTTP too is to check.",
  },
  {
    backend: "dash0",
    env: { DASH0_OTLP_URL: "https://ingress.eu-west-1.aws.dash0.com", DASH0_AUTH_TOKEN: "auth_test" },
    ways: three("https://ingress.eu-west-1.aws.dash0.com", { ...bearer("auth_test"), "dash0-dataset": "default" }),
    secret: "authorization",
    answers: { wrongHeader: 403 },
  },
  {
    backend: "datadog",
    env: { DD_API_KEY: "dd-test" },
    ways: {
      logs: { url: "https://otlp.datadoghq.com/v1/logs", headers: datadog },
      traces: {
        url: "https://otlp.datadoghq.com/v1/traces",
        headers: {
          ...datadog,
          "dd-otel-span-mapping": '{"span_name_as_resource_name": false}',
          compute_stats: "true",
        },
        largest: 3.2 * megabyte,
        taken: 202,
      },
      metrics: {
        url: "https://otlp.datadoghq.com/v1/metrics",
        headers: { ...datadog, "dd-otel-metric-config": '{"resource_attributes_as_tags": true}' },
        largest: 5 * megabyte,
        largestPlain: 0.5 * megabyte,
      },
    },
    secret: "dd-api-key",
    temporality: only("delta"),
    oldestHours: 18,
    answers: { wrongSecret: 403 },
    checks:
      "A too old record is dropped after an answer of 2xx. Only the key has to be in a header. Traces alone are documented as never JSON.",
  },
  {
    backend: "dynatrace",
    env: { DT_ENDPOINT: "https://abc12345.live.dynatrace.com/api/v2/otlp", DT_API_TOKEN: "dt0c01.test" },
    ways: limited(
      three("https://abc12345.live.dynatrace.com/api/v2/otlp", { authorization: "Api-Token dt0c01.test" }),
      { logs: 2 * megabyte, traces: 8 * megabyte, metrics: 4 * megabyte },
    ),
    secret: "authorization",
    isBinaryOnly: true,
    temporality: only("delta"),
    oldestHours: 24,
    oldestSpanHours: 1,
    checks: "The limits of size are to check. Not the 15000 points.",
  },
  {
    backend: "elastic",
    env: { ELASTIC_OTLP_ENDPOINT: "https://jobs.ingest.eu-west-1.aws.elastic.cloud:443", ELASTIC_API_KEY: "es-test" },
    ways: three("https://jobs.ingest.eu-west-1.aws.elastic.cloud:443", { authorization: "ApiKey es-test" }),
    secret: "authorization",
    temporality: { histogram: "delta" },
    checks: "Not the 15 MiB a second. A cumulative histogram is dropped rather than refused.",
  },
  {
    backend: "grafana-cloud",
    env: {
      GRAFANA_CLOUD_OTLP_ENDPOINT: "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp",
      GRAFANA_CLOUD_INSTANCE_ID: "123456",
      GRAFANA_CLOUD_API_KEY: "glc_test",
    },
    ways: limited(three("https://otlp-gateway-prod-eu-west-2.grafana.net/otlp", basic("123456", "glc_test")), megabyte),
    secret: "authorization",
    temporality: only("cumulative"),
    oldestHours: 7 * 24,
    metadata: { bytes: 64 * 1024, entries: 128 },
    answers: { taken: 204 },
    checks: "The size is what the overlay promises: the vendor documents rates.",
  },
  {
    backend: "honeycomb",
    env: { HONEYCOMB_API_KEY: "hcaik_test" },
    ways: three(
      "https://api.honeycomb.io",
      { "x-honeycomb-team": "hcaik_test" },
      { metrics: { "x-honeycomb-dataset": "job-metrics" } },
    ),
    secret: "x-honeycomb-team",
    checks: "Without a dataset metrics are not refused: they go to unknown_metrics.",
  },
  {
    backend: "logz-io",
    env: { LOGZIO_LOGS_TOKEN: "logs-test", LOGZIO_TRACES_TOKEN: "traces-test", LOGZIO_METRICS_TOKEN: "metrics-test" },
    ways: three(
      "https://otlp-listener.logz.io",
      {},
      { logs: bearer("logs-test"), traces: bearer("traces-test"), metrics: bearer("metrics-test") },
    ),
    secret: "authorization",
  },
  {
    backend: "new-relic",
    env: { NEW_RELIC_LICENSE_KEY: "nr-test" },
    ways: limited(three("https://otlp.nr-data.net", { "api-key": "nr-test" }), megabyte),
    secret: "api-key",
    oldestHours: 48,
    answers: { wrongSecret: 403 },
    checks: "The limit is held before compression, which is the safe reading. Delta is preferred, not asked for.",
  },
  {
    backend: "signoz",
    env: { SIGNOZ_REGION: "eu", SIGNOZ_INGESTION_KEY: "signoz-test" },
    ways: three("https://ingest.eu.signoz.cloud:443", { "signoz-ingestion-key": "signoz-test" }),
    secret: "signoz-ingestion-key",
  },
  {
    backend: "posthog",
    env: { POSTHOG_PROJECT_TOKEN: "phc_test" },
    ways: { logs: { url: "https://us.i.posthog.com/i/v1/logs", headers: bearer("phc_test"), largest: megabyte } },
    secret: "authorization",
    checks: "The size is what the overlay promises: the vendor documents none.",
  },
  {
    backend: "sentry",
    env: {
      SENTRY_OTLP_ENDPOINT: "https://o1.ingest.sentry.io/api/2/integration/otlp",
      SENTRY_PUBLIC_KEY: "sentry-test",
    },
    ways: {
      logs: {
        url: "https://o1.ingest.sentry.io/api/2/integration/otlp/v1/logs",
        headers: { "x-sentry-auth": "sentry sentry_key=sentry-test" },
        largest: megabyte,
      },
      traces: {
        url: "https://o1.ingest.sentry.io/api/2/integration/otlp/v1/traces",
        headers: { "x-sentry-auth": "sentry sentry_key=sentry-test" },
        largest: megabyte,
      },
    },
    secret: "x-sentry-auth",
    checks: "The sizes are what the overlay promises: the vendor documents none.",
  },
  {
    backend: "splunk-observability",
    env: { SPLUNK_ACCESS_TOKEN: "splunk-test", SPLUNK_REALM: "eu0" },
    ways: {
      traces: {
        url: "https://ingest.eu0.observability.splunkcloud.com/v2/trace/otlp",
        headers: { "x-sf-token": "splunk-test" },
      },
      metrics: {
        url: "https://ingest.eu0.observability.splunkcloud.com/v2/datapoint/otlp",
        headers: { "x-sf-token": "splunk-test" },
      },
    },
    secret: "x-sf-token",
  },
  {
    backend: "sumo-logic",
    env: { SUMOLOGIC_OTLP_URL: "https://endpoint4.collection.sumologic.com/receiver/v1/otlp/sumo-test" },
    ways: three("https://endpoint4.collection.sumologic.com/receiver/v1/otlp/sumo-test"),
    secret: "url",
    checks: "What is answered at an address whose secret was revoked is not documented.",
  },
  {
    backend: "uptrace",
    env: { UPTRACE_DSN: "https://uptrace-test@api.uptrace.dev?grpc=4317" },
    ways: three("https://api.uptrace.dev", { "uptrace-dsn": "https://uptrace-test@api.uptrace.dev?grpc=4317" }),
    secret: "uptrace-dsn",
    checks: "Delta is preferred, not asked for.",
  },
];
