import { logs, metrics, trace } from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { happened, mail, memory } from "../../test/memory.ts";
import type { Memory } from "../../test/memory.ts";
import { globalProviders } from "./providers.ts";
import { createRecorder } from "./recorder.ts";
import { sdkSink } from "./sdk.ts";

/** Makes an SDK the global one. */
function install({ providers }: Memory): void {
  trace.setGlobalTracerProvider(providers.tracer);
  logs.setGlobalLoggerProvider(providers.logger);
  metrics.setGlobalMeterProvider(providers.meter);
}

function uninstall(): void {
  trace.disable();
  logs.disable();
  metrics.disable();
}

afterEach(uninstall);

/** The counts of finished spans, records, and points that an SDK was given. */
const given = async ({ spans, records, points }: Memory): Promise<readonly number[]> => [
  spans().length,
  records().length,
  (await points()).length,
];

it("does nothing, and harms nothing, where no SDK is started", () => {
  const recorder = createRecorder({ name: "made", version: "1" });
  const definition = recorder.define(mail);
  const enqueue = recorder.enqueue(definition, "add");
  enqueue.emit(happened("job.queued"));
  enqueue.end();
  const run = recorder.start(definition, happened("job.run.started"), { from: enqueue.carrier });
  expect(run.within(() => 5)).toBe(5);
  run.end(happened("job.run.ended"));
  expect(enqueue.carrier).toEqual({});
});

it("finds an SDK that is started later, in all three signals", async () => {
  const recorder = createRecorder({ name: "made", version: "1" });
  const definition = recorder.define(mail);
  recorder.start(definition, happened("job.run.started")).end(happened("job.run.ended"));
  const late = memory();
  install(late);
  recorder.start(definition, happened("job.run.started")).end(happened("job.run.ended"));
  expect(await given(late)).toEqual([1, 2, 2]);
});

it("ends an open run where it began, and begins new ones with the providers of now", async () => {
  const [first, second] = [memory(), memory()];
  let now = first;
  const recorder = createRecorder(
    { name: "made", version: "1" },
    {},
    sdkSink(() => now.providers),
  );
  const definition = recorder.define(mail);
  const open = recorder.start(definition, happened("job.run.started"));
  now = second;
  const next = recorder.start(definition, happened("job.run.started", { "job.uid": "next" }));
  open.emit(happened("job.retry_scheduled"));
  open.end(happened("job.run.ended"));
  next.end(happened("job.run.ended"));
  expect(await given(first)).toEqual([1, 3, 3]);
  expect(await given(second)).toEqual([1, 2, 2]);
  const active = (await first.points()).find(({ name }) => name === "job.run.active");
  expect(active?.value).toBe(0);
});

it("goes on with another SDK after the first was taken away", async () => {
  const recorder = createRecorder({ name: "made", version: "1" });
  const definition = recorder.define(mail);
  const [first, second] = [memory(), memory()];
  for (const sdk of [first, second]) {
    install(sdk);
    recorder.start(definition, happened("job.run.started")).end(happened("job.run.ended"));
    uninstall();
  }
  expect([await given(first), await given(second)]).toEqual([
    [1, 2, 2],
    [1, 2, 2],
  ]);
});

it("gives the same set of providers while none has changed", () => {
  const providers = globalProviders();
  const before = providers();
  expect(providers()).toBe(before);
  install(memory());
  expect(providers()).not.toBe(before);
});
