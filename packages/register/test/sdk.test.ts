import { join } from "node:path";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startReceiver } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { run, tick } from "./app.ts";

/** An SDK of the app's own, which prints what it is given. */
const own = `
import { context, logs, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { TracerProvider } from "@opentelemetry/sdk-trace";
const settled = { forceFlush: async () => {}, shutdown: async () => {} };
export function startTraces() {
  const onEnd = ({ name }) => console.log("own span", name);
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [{ onStart() {}, onEnd, ...settled }] }));
}
export function startAll() {
  startTraces();
  const onEmit = ({ eventName }) => console.log("own record", eventName);
  logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [{ onEmit, ...settled }] }));
  metrics.setGlobalMeterProvider(new MeterProvider());
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}
`;
const ended = `${tick}tick.stop();`;
const ownLines = [
  "own record job.schedule.created",
  "own record job.run.started",
  "own span run tick",
  "own record job.run.ended",
  "own record job.schedule.deleted",
];

describe.concurrent("auto", () => {
  test("leaves everything to the app's SDK that is there before", async () => {
    await using receiver = await startReceiver();
    const files = {
      "app.mjs": ended,
      "own.mjs": own,
      "first.mjs": `import { startAll } from "./own.mjs"; startAll();`,
    };
    const result = await run({ files, node: ["--import", "./first.mjs"], env: to(receiver) });
    expect(lines(result.out)).toEqual(expect.arrayContaining(ownLines));
    expect(receiver.records()).toEqual([]);
    expect(result.err).toBe("");
  });

  test("leaves everything to the app's SDK that the app starts before its first job", async () => {
    await using receiver = await startReceiver();
    const files = { "app.mjs": `import { startAll } from "./own.mjs";startAll();${ended}`, "own.mjs": own };
    const result = await run({ files, env: to(receiver) });
    expect(lines(result.out)).toEqual(expect.arrayContaining(ownLines));
    expect(receiver.records()).toEqual([]);
  });

  test("hands over to an SDK that comes late: an open run ends where it began", async () => {
    await using receiver = await startReceiver();
    const late = `
      import { Cron } from "croner";
      import { startAll } from "./own.mjs";
      const tick = new Cron("0 0 1 1 *", { name: "tick" }, () => startAll());
      await tick.trigger();
      await new Cron("0 0 1 1 *", { name: "tock" }, () => {}).trigger();
      process.exit(0);`;
    const result = await run({ files: { "app.mjs": late, "own.mjs": own }, env: to(receiver) });
    expect(named(receiver)).toEqual(["job.schedule.created", "job.run.started", "job.run.ended"]);
    expect(receiver.spans().map(({ name }) => name)).toEqual(["run tick"]);
    expect(lines(result.out)).toEqual([
      "own record job.schedule.created",
      "own record job.run.started",
      "own record job.run.ended",
      "own span run tock",
    ]);
  });

  test("sends by itself the signals that the app's SDK does not have", async () => {
    await using receiver = await startReceiver();
    const files = { "app.mjs": `import { startTraces } from "./own.mjs";startTraces();${ended}`, "own.mjs": own };
    const result = await run({ files, env: to(receiver) });
    expect(lines(result.out)).toEqual(["own span run tick"]);
    expect(receiver.spans()).toEqual([]);
    expect(named(receiver)).toContain("job.run.ended");
  });

  test("makes a run's span the active one, and touches no propagator", async () => {
    await using receiver = await startReceiver();
    const look = `
      import { context, propagation, trace } from "@opentelemetry/api";
      import { Cron } from "croner";
      const tick = new Cron("0 0 1 1 *", { name: "tick" }, async () => {
        await new Promise(setImmediate);
        console.log(trace.getActiveSpan()?.spanContext().spanId, propagation.fields().length);
      });
      await tick.trigger();
      tick.stop();`;
    // An app that has the API alone: beside an SDK, which may start later, nothing is registered before it does.
    const api = join(import.meta.dirname, "../node_modules/@opentelemetry/api");
    const alone = {
      "node_modules/@opentelemetry/api/package.json": JSON.stringify({ name: "@opentelemetry/api", main: "index.cjs" }),
      "node_modules/@opentelemetry/api/index.cjs": `module.exports = require(${JSON.stringify(api)});`,
    };
    const required = look.replaceAll(/import (\{.*\}) from "(.*)";/g, 'const $1 = require("$2");');
    const program = { "app.cjs": `(async () => {${required}})();`, ...alone };
    const { out } = await run({ files: program, env: to(receiver) });
    expect(out).toBe(`${receiver.spans()[0]?.spanId} 0\n`);
  });

  test("sends apart, and says why, where the app's SDK is of an API that is not known", async () => {
    await using receiver = await startReceiver();
    const strange = `globalThis[Symbol.for("opentelemetry.js.api.2")] = { version: "2.1.0", trace: {} };`;
    const { err } = await run({ files: { "app.mjs": `${strange}${ended}` }, env: to(receiver) });
    expect(err).toBe(
      "jobtrail: the app's own SDK uses version 2.1.0 of @opentelemetry/api, and Jobtrail knows 1.x: the telemetry of jobs does not go through that SDK but is sent apart, as OTEL_EXPORTER_OTLP_* say.\n",
    );
    expect(receiver.spans().map(({ name }) => name)).toEqual(["run tick"]);
  });

  test("sends nothing that an app which traces its own requests would see, and outside of what the app does", async () => {
    await using receiver = await startReceiver();
    const look = `
      import { AsyncLocalStorage } from "node:async_hooks";
      import { subscribe } from "node:diagnostics_channel";
      import { context } from "@opentelemetry/api";
      import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
      import { isTracingSuppressed } from "@opentelemetry/core";
      import { Cron } from "croner";
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const request = new AsyncLocalStorage();
      const seen = (suppressed) => console.log(suppressed, request.getStore());
      subscribe("http.client.request.start", () => seen(isTracingSuppressed(context.active())));
      await request.run("GET /order", async () => {
        const tick = new Cron("0 0 1 1 *", { name: "tick" }, () => {});
        await tick.trigger();
        tick.stop();
      });`;
    const { out } = await run({ files: { "app.mjs": look }, env: to(receiver) });
    expect(new Set(lines(out))).toEqual(new Set(["true undefined"]));
  });
});

describe.concurrent("the other modes", () => {
  test("on: registers an SDK for the whole process, and the app's own spans arrive too", async () => {
    await using receiver = await startReceiver();
    const traced = `
      import { propagation, trace } from "@opentelemetry/api";
      trace.getTracer("app").startSpan("own work").end();
      console.log(propagation.fields().join());
      ${ended}`;
    const { out } = await run({ files: { "app.mjs": traced }, env: { ...to(receiver), JOBTRAIL_SDK: "on" } });
    expect(out).toBe("traceparent,tracestate,baggage\n");
    expect(
      receiver
        .spans()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["own work", "run tick"]);
    expect(named(receiver)).toContain("job.run.ended");
  });

  test("off, or OpenTelemetry switched off: nothing is sent", async () => {
    await using receiver = await startReceiver();
    for (const env of [{ JOBTRAIL_SDK: "off" }, { OTEL_SDK_DISABLED: "true" }])
      expect(await run({ files: { "app.mjs": ended }, env: { ...to(receiver), ...env } })).toMatchObject({
        with: 0,
        err: "",
      });
    expect(receiver.records()).toEqual([]);
  });

  test("a configuration file is the app's own SDK's, and it is said if none came", async () => {
    await using receiver = await startReceiver();
    const result = await run({ files: { "app.mjs": ended }, env: { ...to(receiver), OTEL_CONFIG_FILE: "otel.yaml" } });
    expect(receiver.records()).toEqual([]);
    expect(result.err).toBe(
      "jobtrail: OTEL_CONFIG_FILE is set, so the app's own SDK should send, but none was started: no telemetry of jobs arrived.\n",
    );
  });
});

describe.concurrent("the receiver", () => {
  for (const env of [{ OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }, { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }])
    test(`gets all signals with ${Object.entries(env).join(" and ").replace(",", "=")}`, async () => {
      await using receiver = await startReceiver();
      await run({ files: { "app.mjs": ended }, env: { ...to(receiver), ...env } });
      expect(named(receiver)).toContain("job.run.ended");
      expect(receiver.spans()).toHaveLength(1);
      expect(await receiver.points()).not.toEqual([]);
    });

  test("gets no signal that OpenTelemetry's variables switch off", async () => {
    await using receiver = await startReceiver();
    await run({
      files: { "app.mjs": ended },
      env: { ...to(receiver), OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" },
    });
    expect(named(receiver)).toContain("job.run.ended");
    expect([...receiver.spans(), ...(await receiver.points())]).toEqual([]);
  });

  test("gets the other signals where one has an exporter that is unknown, and one line says so", async () => {
    await using receiver = await startReceiver();
    const env = { ...to(receiver), OTEL_LOGS_EXPORTER: "console" };
    const result = await run({ files: { "app.mjs": ended }, env });
    expect(result).toMatchObject({
      with: 0,
      out: "",
      err: 'jobtrail: OTEL_LOGS_EXPORTER is "console": Jobtrail knows otlp and none, and sends no logs.\n',
    });
    expect(receiver.records()).toEqual([]);
    expect(receiver.spans()).toHaveLength(1);
    expect(await receiver.points()).not.toEqual([]);
  });

  test("gets nothing by grpc, and one line says what to do", async () => {
    const result = await run({ files: { "app.mjs": ended }, env: { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" } });
    expect(result).toMatchObject({ with: 0, out: "" });
    expect(result.err).toBe(
      'jobtrail: OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", which Jobtrail does not support, so it sends nothing. Use http/protobuf or http/json, with the port for OTLP over HTTP (usually 4318).\n',
    );
  });

  test("that never answers holds up the end for some seconds at most, and is named once", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const result = await run({
      files: { "app.mjs": `${tick}process.exitCode = 4; tick.stop();` },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: url },
    });
    server.closeAllConnections();
    server.close();
    expect(result.with).toBe(4);
    expect(result.ms).toBeLessThan(15_000);
    expect(result.err).toMatch(/^jobtrail: http:\S+ does not answer .*\n$/);
  });

  test("that refuses is named once with its status", async () => {
    const server = createServer((_, response) => response.writeHead(401).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const result = await run({ files: { "app.mjs": ended }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } });
    server.close();
    expect(result.with).toBe(0);
    expect(result.err).toMatch(
      /^jobtrail: http:\S+ answers 401 \(not authorized\), so 4 records, 1 span and 4 metrics are lost\. .*HEADERS.*\n$/,
    );
  });
});

const to = (receiver: Receiver): Record<string, string> => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
const named = (receiver: Receiver): string[] => receiver.events().map(({ name }) => name);
const lines = (out: string): string[] => out.split("\n").filter((line) => line !== "");
