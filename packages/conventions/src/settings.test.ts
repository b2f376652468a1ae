import { expect, it } from "vitest";
import { readSettings, settings, SettingsError } from "./settings.ts";

const defaults = {
  enabled: true,
  sdk: "auto",
  signals: ["traces", "logs", "metrics"],
  propagation: true,
  relationship: "link",
  parentMaxWait: undefined,
  spanName: "queue",
  retriedStatus: "error",
  ignore: [],
  capture: "none",
  progressInterval: 1000,
  heartbeatInterval: 60_000,
  cardinalityLimit: 200,
  namespace: undefined,
  tenant: undefined,
  account: undefined,
  record: undefined,
  recordAs: "attribute",
};

it("has a default for every setting that is not off until it is given", () => {
  expect(readSettings({})).toEqual({ settings: defaults, warnings: [] });
  expect(Object.keys(defaults)).toEqual(settings.map(({ name }) => name));
});

it("takes an empty variable as one that is not set", () => {
  const env = Object.fromEntries(settings.map(({ variable }) => [variable, "  "]));
  expect(readSettings(env)).toEqual({ settings: defaults, warnings: [] });
});

it("reads every kind of setting", () => {
  const env = {
    JOBTRAIL_ENABLED: "FALSE",
    JOBTRAIL_SDK: "On",
    JOBTRAIL_SIGNALS: " logs , Metrics,",
    JOBTRAIL_PROPAGATION: "off",
    JOBTRAIL_IGNORE: "Email, nightly report",
    JOBTRAIL_PARENT_MAX_WAIT: "1.5m",
    JOBTRAIL_PROGRESS_INTERVAL: "250ms",
    JOBTRAIL_HEARTBEAT_INTERVAL: "2h",
    JOBTRAIL_CARDINALITY_LIMIT: "7",
    JOBTRAIL_TENANT: " Acme ",
  };
  expect(readSettings(env)).toEqual({
    settings: {
      ...defaults,
      enabled: false,
      sdk: "on",
      signals: ["logs", "metrics"],
      propagation: false,
      ignore: ["Email", "nightly report"],
      parentMaxWait: 90_000,
      progressInterval: 250,
      heartbeatInterval: 7_200_000,
      cardinalityLimit: 7,
      tenant: "Acme",
    },
    warnings: [],
  });
});

it.each([
  ["JOBTRAIL_SDK", "maybe", "one of auto, on, off"],
  ["JOBTRAIL_ENABLED", "yes", "true or false"],
  ["JOBTRAIL_SIGNALS", "logs,spans", "some of traces, logs, metrics, separated by commas"],
  ["JOBTRAIL_PROPAGATION", "true", "one of on, off"],
  ["JOBTRAIL_RELATIONSHIP", "child", "one of link, parent, none"],
  ["JOBTRAIL_PARENT_MAX_WAIT", "soon", "a duration above zero such as 500ms, 30s, 5m or 2h"],
  ["JOBTRAIL_PROGRESS_INTERVAL", "1000", "a duration above zero such as 500ms, 30s, 5m or 2h"],
  ["JOBTRAIL_HEARTBEAT_INTERVAL", "0s", "a duration above zero such as 500ms, 30s, 5m or 2h"],
  ["JOBTRAIL_CARDINALITY_LIMIT", "1.5", "a whole number from 1"],
  ["JOBTRAIL_CARDINALITY_LIMIT", "0", "a whole number from 1"],
])("refuses %s=%s, naming the variable, its value and what is allowed", (variable, value, allowed) => {
  const read = (): unknown => readSettings({ [variable]: value });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(`JOBTRAIL_SETTING_INVALID: ${variable} is ${JSON.stringify(value)}; expected ${allowed}.`);
});

it("names the nearest setting for a variable that nobody knows, once each", () => {
  const { warnings } = readSettings({ JOBTRAIL_RELATIONSHP: "link", JOBTRAIL_HARTBEAT: "5s", OTHER: "1" });
  expect(warnings).toMatchInlineSnapshot(`
    [
      "JOBTRAIL_RELATIONSHP is not a setting of Jobtrail and is ignored. Did you mean JOBTRAIL_RELATIONSHIP?",
      "JOBTRAIL_HARTBEAT is not a setting of Jobtrail and is ignored. Did you mean JOBTRAIL_HEARTBEAT_INTERVAL?",
    ]
  `);
});

it("leaves the variables alone that Kubernetes injects for a service called jobtrail", () => {
  const env = {
    JOBTRAIL_SERVICE_HOST: "10.0.0.1",
    JOBTRAIL_SERVICE_PORT: "4318",
    JOBTRAIL_SERVICE_PORT_OTLP: "4318",
    JOBTRAIL_PORT: "tcp://10.0.0.1:4318",
    JOBTRAIL_PORT_4318_TCP: "tcp://10.0.0.1:4318",
    JOBTRAIL_PORT_4318_TCP_ADDR: "10.0.0.1",
  };
  expect(readSettings(env)).toEqual({ settings: defaults, warnings: [] });
  expect(readSettings({ JOBTRAIL_PORTAL: "1" }).warnings).toHaveLength(1);
});

it("leaves the Collector's variables alone, which an app may share its environment with", () => {
  const env = { JOBTRAIL_COLLECTOR_HTTP: "127.0.0.1:14318", JOBTRAIL_OTELCOL: "/usr/bin/otelcol" };
  expect(readSettings(env)).toEqual({ settings: defaults, warnings: [] });
  expect(readSettings({ JOBTRAIL_COLLECTORS: "1", JOBTRAIL_OTELCOLS: "1" }).warnings).toHaveLength(2);
});

it("says each setting once, under a variable of its own", () => {
  for (const key of ["name", "variable"] as const)
    expect(new Set(settings.map((row) => row[key])).size).toBe(settings.length);
  for (const { name, variable } of settings)
    expect(variable).toBe(`JOBTRAIL_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`);
});
