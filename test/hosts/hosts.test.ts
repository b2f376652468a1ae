import { startReceiver } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { installHost, register, runHost, runProgram } from "./hosts.ts";

describe("an app whose own loader hook is OpenTelemetry's older one", () => {
  test.each([
    ["before ours", ["--import", "./hook.mjs", "--import", register]],
    ["after ours", ["--import", register, "--import", "./hook.mjs"]],
    [
      "as a loader",
      ["--experimental-loader=@opentelemetry/instrumentation/hook.mjs", "--no-warnings", "--import", register],
    ],
  ])("has the jobs of ES modules watched: %s", async (_, flags) => {
    const folder = await installHost("sdk-0.208");
    await using receiver = await startReceiver();
    const { out, err } = await runProgram(folder, "esm.mjs", flags, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    expect({ out, err, spans: receiver.spans().map(({ name }) => name) }).toEqual({
      out: "ran\n",
      err: "",
      spans: ["run tick"],
    });
  });
});

/** The lines of OpenTelemetry that are older than the API that Jobtrail is built with. */
const hosts = ["sdk-0.208", "sdk-0.57", "sdk-0.41"];

describe.each(hosts)("an app on %s", (name) => {
  test("has the spans and metrics of its jobs in its own SDK, in its traces, and the records apart", async () => {
    const folder = await installHost(name);
    await using receiver = await startReceiver();
    const { output, err } = await runHost(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    expect({ err, spans: output.spans.map(({ name, parent }) => ({ name, parent })) }).toEqual({
      err: "",
      spans: [
        { name: "db query", parent: "run tick" },
        { name: "run tick", parent: undefined },
        { name: "GET /order", parent: undefined },
      ],
    });
    expect(output.metrics).toEqual(expect.arrayContaining(["job.run.active", "job.run.duration"]));
    expect(receiver.spans()).toEqual([]);
    const run = output.spans.find(({ name }) => name === "run tick");
    const events = receiver.events().filter(({ name }) => name.startsWith("job.run."));
    expect(events.map(({ name, span }) => [name, span?.traceId])).toEqual([
      ["job.run.started", run?.trace],
      ["job.run.ended", run?.trace],
    ]);
  });

  test("has the records too where it has log processors of its own, by their event names", async () => {
    const folder = await installHost(name);
    const { output, err } = await runHost(folder, { LOGS: "own", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" });
    expect({ err, records: output.records }).toEqual({
      err: "",
      records: ["job.schedule.created", "job.run.started", "job.run.ended", "job.schedule.deleted"],
    });
  });

  test("takes over where it starts after the first job, and whatever OTEL_LOG_LEVEL says", async () => {
    const folder = await installHost(name);
    await using receiver = await startReceiver();
    const env = { LATE: "1", OTEL_LOG_LEVEL: "warn", OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const { output, err } = await runHost(folder, env);
    expect({
      before: receiver.spans().map(({ name }) => name),
      after: output.spans.map(({ name }) => name),
      refused: err.includes("@opentelemetry/api: "),
    }).toEqual({ before: ["run before"], after: ["db query", "run tick", "GET /order"], refused: false });
  });
});
