import { logs, metrics, trace } from "@opentelemetry/api";
import { startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { afterEach, expect, test, vi } from "vitest";
import type { JobtrailInstrumentation, Loaded } from "../src/index.ts";
import { SampleInstrumentation, install, sample } from "./sample.ts";

const made: JobtrailInstrumentation[] = [];

/** An instrumentation that is disabled at the test's end: its hooks stay for the process's life. */
function make(...given: ConstructorParameters<typeof SampleInstrumentation>): JobtrailInstrumentation {
  const instrumentation = new SampleInstrumentation(...given);
  made.push(instrumentation);
  return instrumentation;
}

afterEach(() => {
  for (const instrumentation of made.splice(0)) instrumentation.disable();
  vi.unstubAllEnvs();
  for (const api of [trace, logs, metrics]) api.disable();
});

const told = (telemetry: Telemetry): unknown[] => telemetry.events().map(({ attributes }) => attributes["job.name"]);

test("a supported version is watched when it is loaded, with its system and scope", async () => {
  await using telemetry = startTelemetry();
  using installed = install("2.1.0");
  const { providers } = telemetry;
  expect(make({ providers }).system).toBe(sample);
  expect(installed.load("2.1.0").work("one")).toBe("did one");
  expect(told(telemetry)).toEqual(["one"]);
  expect(telemetry.records()[0]?.scope).toEqual({ name: "@jobtrail/instrumentation-sample", version: "0.1.0" });
});

test("an unsupported version is reported through onLoad and left as it is", async () => {
  await using telemetry = startTelemetry();
  using installed = install("1.9.0", "2.0.0", "3.0.0");
  const loads: Loaded[] = [];
  const instrumentation = make({ providers: telemetry.providers, onLoad: (loaded) => loads.push(loaded) });
  for (const version of ["1.9.0", "2.0.0", "3.0.0"]) installed.load(version).work(version);
  const versions = [">=2.0.0 <3"];
  const expected = [
    { module: "sample-jobs", version: "1.9.0", supported: false, versions },
    { module: "sample-jobs", version: "2.0.0", supported: true, versions },
    { module: "sample-jobs", version: "3.0.0", supported: false, versions },
  ];
  expect(loads).toEqual(expected);
  expect(told(telemetry)).toEqual(["2.0.0"]);
  // Enabled again, nothing is told twice.
  instrumentation.disable();
  instrumentation.enable();
  installed.load("1.9.0").work("again");
  expect(loads).toEqual(expected);
  expect(told(telemetry)).toEqual(["2.0.0"]);
});

test("an onLoad that throws disturbs neither the load nor the watching", async () => {
  await using telemetry = startTelemetry();
  using installed = install("2.0.0");
  make({
    providers: telemetry.providers,
    onLoad() {
      throw new Error("from onLoad");
    },
  });
  expect(installed.load("2.0.0").work("one")).toBe("did one");
  expect(told(telemetry)).toEqual(["one"]);
});

test("disable puts the library's functions back, in every copy; enable watches them all again", async () => {
  await using telemetry = startTelemetry();
  using installed = install("2.0.0", "2.1.0");
  const instrumentation = make({ providers: telemetry.providers, enabled: true });
  const copies = [installed.load("2.0.0"), installed.load("2.1.0")];
  const wrapped = copies.map(({ work }) => work);
  instrumentation.disable();
  const own = copies.map(({ work }) => work);
  own.forEach((work, index) => expect(work).not.toBe(wrapped[index]));
  copies.forEach((copy, index) => copy.work(`disabled ${index}`));
  expect(told(telemetry)).toEqual([]);
  instrumentation.enable();
  copies.forEach((copy, index) => copy.work(`enabled ${index}`));
  expect(told(telemetry)).toEqual(["enabled 0", "enabled 1"]);
  instrumentation.enable();
  instrumentation.disable();
  expect(copies.map(({ work }) => work)).toEqual(own);
});

test("what two instances watch is recorded once", async () => {
  await using telemetry = startTelemetry();
  using installed = install("2.0.0");
  const { providers } = telemetry;
  const [first, second] = [make({ providers }), make({ providers })];
  const library = installed.load("2.0.0");
  library.work("one");
  expect(told(telemetry)).toEqual(["one"]);
  second.disable();
  library.work("two");
  expect(told(telemetry)).toEqual(["one", "two"]);
  first.disable();
  library.work("three");
  expect(told(telemetry)).toEqual(["one", "two"]);
});

test("what is made with enabled: false stays off when it is registered", async () => {
  await using telemetry = startTelemetry();
  using installed = install("2.0.0");
  const instrumentation = make({ providers: telemetry.providers, enabled: false });
  registerInstrumentations({ instrumentations: [instrumentation] });
  expect(instrumentation.isEnabled()).toBe(false);
  installed.load("2.0.0").work("one");
  expect(told(telemetry)).toEqual([]);
});

test("JOBTRAIL_ENABLED=false turns off what its options do not turn on", () => {
  vi.stubEnv("JOBTRAIL_ENABLED", "false");
  expect([make(), make({ enabled: true })].map((each) => each.isEnabled())).toEqual([false, true]);
});

test("the global providers are used as they are at each event, also when they come late", async () => {
  await using telemetry = startTelemetry();
  await using later = startTelemetry();
  using installed = install("2.0.0");
  registerInstrumentations({ instrumentations: [make()] });
  const library = installed.load("2.0.0");
  library.work("before");
  setGlobal(telemetry);
  library.work("one");
  for (const api of [trace, logs, metrics]) api.disable();
  library.work("between");
  setGlobal(later);
  library.work("two");
  expect([told(telemetry), told(later)]).toEqual([["one"], ["two"]]);
});

test("providers that are set win over those of the options, and these over the global ones", async () => {
  await using global = startTelemetry();
  await using optional = startTelemetry();
  await using explicit = startTelemetry();
  using installed = install("2.0.0");
  setGlobal(global);
  const instrumentation = make({ providers: optional.providers });
  // Hands it the global providers, which nobody chose for it.
  registerInstrumentations({ instrumentations: [instrumentation] });
  const library = installed.load("2.0.0");
  library.work("one");
  const { tracer, meter, logger } = explicit.providers();
  registerInstrumentations({
    instrumentations: [instrumentation],
    tracerProvider: tracer,
    meterProvider: meter,
    loggerProvider: logger,
  });
  library.work("two");
  expect([told(global), told(optional), told(explicit)]).toEqual([[], ["one"], ["two"]]);
});

test("one provider that is set goes with the others that are not", async () => {
  await using global = startTelemetry();
  await using explicit = startTelemetry();
  using installed = install("2.0.0");
  setGlobal(global);
  const instrumentation = make();
  const { tracer } = explicit.providers();
  registerInstrumentations({ instrumentations: [instrumentation], tracerProvider: tracer });
  installed.load("2.0.0").work("one");
  expect([told(global), told(explicit)]).toEqual([["one"], []]);
});

function setGlobal(telemetry: Telemetry): void {
  const { tracer, meter, logger } = telemetry.providers();
  trace.setGlobalTracerProvider(tracer);
  metrics.setGlobalMeterProvider(meter);
  logs.setGlobalLoggerProvider(logger);
}
