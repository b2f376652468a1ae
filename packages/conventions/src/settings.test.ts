import fc from "fast-check";
import { expect, it } from "vitest";
import { checkSettings, readSettings, settings } from "./settings.ts";
import { acceptsValue } from "./settings-value.ts";

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
  ["true yes Y ON 1 enabled", true],
  ["FALSE no n off 0 disabled", false],
])("takes %s as people write yes and no", (words, meant) => {
  for (const word of words.split(" ")) {
    const env = { JOBTRAIL_ENABLED: word, JOBTRAIL_PROPAGATION: `"${word}"`, JOBTRAIL_SDK: word };
    expect(readSettings(env)).toEqual({
      settings: { ...defaults, enabled: meant, propagation: meant, sdk: meant ? "on" : "off" },
      warnings: [],
    });
  }
});

it.each([
  ["JOBTRAIL_SIGNALS", "none", "signals", []],
  ["JOBTRAIL_SIGNALS", "off", "signals", []],
  ["JOBTRAIL_SIGNALS", "all", "signals", ["traces", "logs", "metrics"]],
  ["JOBTRAIL_CAPTURE", "off", "capture", "none"],
  ["JOBTRAIL_RELATIONSHIP", "no", "relationship", "none"],
  ["JOBTRAIL_HEARTBEAT_INTERVAL", "'90 sec'", "heartbeatInterval", 90_000],
  ["JOBTRAIL_PARENT_MAX_WAIT", "2 Days", "parentMaxWait", 172_800_000],
])("reads %s=%s as it is meant", (variable, text, name, value) => {
  expect(readSettings({ [variable]: text })).toEqual({ settings: { ...defaults, [name]: value }, warnings: [] });
});

it("keeps the default where a value cannot be used, and says variable, value, what is allowed and what holds", () => {
  const wrong = {
    JOBTRAIL_SDK: "maybe",
    JOBTRAIL_ENABLED: "flase",
    JOBTRAIL_SIGNALS: "logs,spans",
    JOBTRAIL_PROPAGATION: "w3c",
    JOBTRAIL_RELATIONSHIP: "child",
    JOBTRAIL_PARENT_MAX_WAIT: "soon",
    JOBTRAIL_PROGRESS_INTERVAL: "1000",
    JOBTRAIL_HEARTBEAT_INTERVAL: "0s",
    JOBTRAIL_CARDINALITY_LIMIT: "1.5",
  };
  const { settings, warnings } = readSettings(wrong);
  expect(settings).toEqual(defaults);
  expect(warnings.toSorted()).toMatchInlineSnapshot(`
    [
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_CARDINALITY_LIMIT is "1.5"; expected a whole number from 1. The default 200 applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_ENABLED is "flase"; expected true or false (or yes and no, on and off, 1 and 0). The default true applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_HEARTBEAT_INTERVAL is "0s"; expected a duration above zero with its unit, such as 500ms, 30s, 5m or 2h. The default 60s applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_PARENT_MAX_WAIT is "soon"; expected a duration above zero with its unit, such as 500ms, 30s, 5m or 2h. It is treated as not set.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_PROGRESS_INTERVAL is "1000"; expected a duration above zero with its unit, such as 500ms, 30s, 5m or 2h. The default 1s applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_PROPAGATION is "w3c"; expected true or false (or yes and no, on and off, 1 and 0). The default on applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_RELATIONSHIP is "child"; expected one of link, parent, none. The default link applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_SDK is "maybe"; expected one of auto, on, off. The default auto applies.",
      "JOBTRAIL_SETTING_INVALID: JOBTRAIL_SIGNALS is "logs,spans"; expected some of traces, logs, metrics, separated by commas, or none. The default traces,logs,metrics applies.",
    ]
  `);
});

it("checks what is given in code in the same way", () => {
  const given = { heartbeatInterval: Number.NaN, progressInterval: 0, capture: "hash", tenant: 7, signals: ["spans"] };
  expect(checkSettings(given)).toMatchInlineSnapshot(`
    {
      "usable": {
        "capture": "hash",
        "progressInterval": 0,
      },
      "warnings": [
        "JOBTRAIL_SETTING_INVALID: the option signals is of type object; expected an array of some of traces, logs, metrics. It is ignored.",
        "JOBTRAIL_SETTING_INVALID: the option heartbeatInterval is NaN; expected a number of milliseconds from 0. It is ignored.",
        "JOBTRAIL_SETTING_INVALID: the option tenant is 7; expected a text. It is ignored.",
      ],
    }
  `);
});

it("never throws and gives only values that are allowed, whatever is given", () => {
  const anything = fc.record(
    Object.fromEntries(settings.map(({ name }) => [name, fc.anything()])) as Record<string, fc.Arbitrary<unknown>>,
  );
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: settings.length, maxLength: settings.length }), (texts) => {
      const env = Object.fromEntries(settings.map(({ variable }, i) => [variable, texts[i]]));
      const read = readSettings(env);
      for (const row of settings) {
        const value = read.settings[row.name];
        expect(value === undefined ? row.default === undefined : acceptsValue(value, row)).toBe(true);
      }
    }),
  );
  fc.assert(
    fc.property(anything, (given) => {
      const { usable, warnings } = checkSettings(given);
      expect(Object.keys(usable).length + warnings.length).toBe(
        Object.values(given).filter((value) => value !== undefined).length,
      );
    }),
  );
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
