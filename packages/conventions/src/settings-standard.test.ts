import { expect, it } from "vitest";
import { standardVariables, standardWarnings } from "./settings-standard.ts";

it("is silent where nothing is set, or what OpenTelemetry allows", () => {
  const env = {
    OTEL_SDK_DISABLED: "TRUE",
    OTEL_LOG_LEVEL: "Debug",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b,other=c",
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: "2500",
    OTEL_METRIC_EXPORT_INTERVAL: " ",
  };
  for (const when of ["start", "send"] as const) expect(standardWarnings(env, when)).toEqual([]);
});

it("says which value counts as absent, what is allowed and what happens, and shows no secret", () => {
  const env = {
    OTEL_SDK_DISABLED: "1",
    OTEL_LOG_LEVEL: "trace",
    OTEL_TRACES_SAMPLER: "always",
    OTEL_TRACES_SAMPLER_ARG: "25%",
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=100%",
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "zstd",
    OTEL_EXPORTER_OTLP_TIMEOUT: "10s",
    OTEL_RESOURCE_ATTRIBUTES: "team",
    OTEL_BSP_SCHEDULE_DELAY: "-1",
    OTEL_METRIC_EXPORT_INTERVAL: "3000000000",
  };
  expect(standardWarnings(env, "start")).toMatchInlineSnapshot(`
    [
      "OTEL_SDK_DISABLED is "1"; expected one of true, false. OpenTelemetry takes everything but true as false. JOBTRAIL_ENABLED=no turns Jobtrail off.",
      "OTEL_LOG_LEVEL is "trace"; expected one of none, error, warn, info, debug, verbose, all. Nothing of OpenTelemetry's own messages is shown.",
    ]
  `);
  expect(standardWarnings(env, "send")).toMatchInlineSnapshot(`
    [
      "OTEL_TRACES_SAMPLER is "always"; expected one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio. The default parentbased_always_on applies.",
      "OTEL_TRACES_SAMPLER_ARG is "25%"; expected a share from 0 to 1. The default 1 applies.",
      "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION is "zstd"; expected one of gzip, none. Nothing is compressed.",
      "OTEL_EXPORTER_OTLP_TIMEOUT is "10s"; expected milliseconds, without a unit, above 0 and up to 2147483647. The default 10000 applies.",
      "OTEL_EXPORTER_OTLP_HEADERS cannot be read; expected key=value pairs, separated by commas, with % only before two hex digits. None of its headers is sent.",
      "OTEL_RESOURCE_ATTRIBUTES is "team"; expected key=value pairs, separated by commas, with % only before two hex digits. None of its attributes counts.",
      "OTEL_BSP_SCHEDULE_DELAY is "-1"; expected milliseconds, without a unit, above 0 and up to 2147483647. The default 5000 applies.",
      "OTEL_METRIC_EXPORT_INTERVAL is "3000000000"; expected milliseconds, without a unit, above 0 and up to 2147483647. The default 60000 applies.",
    ]
  `);
});

it("says each variable once", () => {
  const names = standardVariables.map(({ variable }) => variable);
  expect(new Set(names).size).toBe(names.length);
});
