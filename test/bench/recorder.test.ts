import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { measure, warmUp } from "./recorder.ts";
import { table } from "./table.ts";

withService("the bench of the recorder", redis, (server) => {
  test("compares Jobtrail with the same telemetry written by hand, and all of it arrives", async () => {
    const jobs = 20;
    const samples = await measure({ jobs, rounds: 1, redis: server().url, flags: ["--conditions=@jobtrail/source"] });
    const [byHand, ours, theirs] = [samples.hand[0], samples.jobtrail[0], samples["bullmq-otel"][0]];
    const [few, hosted] = [samples.plain[0], samples.hosted[0]];
    expect(ours?.arrived.shapes).toEqual(byHand?.arrived.shapes);
    expect(hosted?.arrived.shapes).toEqual(byHand?.arrived.shapes);
    const all = jobs + warmUp;
    expect([few, byHand, ours, hosted].map((sample) => [sample?.arrived.spans, sample?.arrived.records])).toEqual(
      Array.from({ length: 4 }, () => [2 * all, 3 * all]),
    );
    // Besides three spans per job it makes some for the worker.
    expect(theirs?.arrived.spans).toBeGreaterThanOrEqual(3 * all);
    expect(
      table(samples, jobs)
        .split("\n")
        .map((line) => line.slice(0, 28).trim()),
    ).toEqual([
      "",
      "bare",
      "bullmq-otel 2.0.1",
      "by hand, few attributes",
      "by hand, equal attributes",
      "Jobtrail, the flag alone",
      "Jobtrail, the app's own SDK",
    ]);
  }, 240_000);
});
