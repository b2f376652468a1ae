import { assertConventional, startTelemetry } from "@jobtrail/testing";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reader } from "../src/adapter.ts";
import type { JobReading } from "../src/adapter.ts";
import { jobsOf } from "../src/jobs.ts";

const names = [
  "namespace",
  "queue",
  "name",
  "schedule",
  "id",
  "identity",
  "created",
  "delay",
  "ready",
  "nominal",
  "next",
  "blocked",
  "state",
  "trigger",
  "maxAttempts",
  "priority",
  "runNumber",
  "attempt",
  "runMark",
  "carried",
  "input",
] as const satisfies readonly (keyof JobReading)[];

type Odd = Readonly<Record<string, unknown>>;

const scope = { name: "@jobtrail/instrumentation-sample", version: "0" };
const throwing = Symbol("throws");
const read = reader<Odd>(
  "sample",
  Object.fromEntries(
    names.map((name) => [
      name,
      (job: Odd) => {
        if (job[name] === throwing) throw new Error("a getter that throws");
        return job[name];
      },
    ]),
  ),
);

const value = fc.oneof(
  fc.anything(),
  fc.constant(throwing),
  fc.double(),
  fc.constantFrom(Number.MAX_VALUE, -1, 8.64e15, 8.64e15 + 1, new Date(Number.NaN), new Date(), 10n ** 30n, "", "-1"),
);

test("whatever a job object holds, its run is recorded from start to end, and by the registry", async () => {
  await fc.assert(
    fc.asyncProperty(fc.record(Object.fromEntries(names.map((name) => [name, value]))), async (job) => {
      await using telemetry = startTelemetry();
      const recorder = createRecorder(scope, { capture: "hash" }, sdkSink(telemetry.providers));
      const watched = { active: true, undos: [] };
      const jobs = jobsOf({ system: "sample", reusesIds: true }, recorder, watched);
      const reading = read(job);
      const queued = jobs.queue({ verb: "add", to: { queue: "mail" }, stored: () => [{ reading }] });
      queued?.returned?.(undefined);
      const run = jobs.run([{ key: job, reading }]);
      run?.threw?.(new Error("never works"));
      jobs.event("job.removed", reading);
      const seen = telemetry.events().map(({ name }) => name);
      expect(seen).toEqual(["job.queued", "job.run.started", "job.run.ended", "job.removed"]);
      expect(telemetry.spans()).toHaveLength(2);
      await assertConventional(telemetry);
    }),
    { numRuns: 300 },
  );
});

test("times are taken from what libraries keep them in, and what is no time is none", () => {
  const created = (given: unknown): unknown => read({ created: given }).created;
  const at = 1_700_000_000_000;
  expect([at, new Date(at), new Date(at).toISOString(), String(at)].map(created)).toEqual([at, at, at, at]);
  expect([-1, Number.NaN, "yesterday", {}, new Date(Number.NaN), 1e18, null, true].map(created)).toEqual(
    Array.from({ length: 8 }),
  );
});
