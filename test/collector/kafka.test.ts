import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isRefusal } from "@jobtrail/core/event";
import { startJobLog } from "@jobtrail/joblog";
import { decodeLogs } from "@jobtrail/otlp";
import { absenceOf, redis, startReceiver, startRedis } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { argumentsOf } from "../../packages/cli/src/collector/print.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { startBackend } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { backendAt, startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { fetchKafka, kafka, startKafka } from "./kafka.ts";
import type { Kafka } from "./kafka.ts";
import { startApp } from "./real/app.ts";
import { jobsOf, recordUidsOf } from "./real/joblog.ts";
import { plan, runsOf } from "./real/plan.ts";
import { sumOf } from "./samples.ts";
import { recordsIn, secondSinkOf } from "./second-sink.ts";
import { deliver, recordOf, sendRecords, sendSpans, uidOf, uidsOf } from "./traffic.ts";
import type { SpanOf } from "./traffic.ts";

await fetchKafka();
const absences = [kafka, redis]
  .map((service) => absenceOf(service, process.env))
  .filter((absence) => absence !== undefined && !absence.fails);
for (const absence of absences) console.log(`Skipped: ${absence?.line}`);

describe.skipIf(absences.length > 0)("behind Kafka", () => {
  let broker: Kafka;
  beforeAll(async () => void (broker = await startKafka()));
  afterAll(() => broker[Symbol.asyncDispose]());

  /** The variables of a test: topics and consumer groups of its own. */
  const ownEnv = (name: string): Record<string, string> => ({
    ...broker.env,
    KAFKA_TOPIC_LOGS: `${name}.logs`,
    KAFKA_TOPIC_TRACES: `${name}.spans`,
    KAFKA_TOPIC_METRICS: `${name}.metrics`,
    KAFKA_GROUP: name,
  });
  const startAgent = (env: Record<string, string>): Promise<Collector> =>
    startCollector({ config: ["base.yaml", "kafka-agent.yaml"], env });
  const startGateway = (env: Record<string, string>, ...backends: string[]): Promise<Collector> =>
    startCollector({ config: ["base.yaml", "gateway.yaml", "kafka-gateway.yaml", ...backends, quick], env });

  test("real jobs stand whole in the job log, with the gateway killed and put on another disk among them", async () => {
    const jobs = 150;
    const planned = plan(jobs);
    const runs = planned.reduce((sum, each) => sum + runsOf(each), 0);
    /** A job says that it was queued; a run that it started and that it ended; a retry that it will come. */
    const records = jobs + 2 * runs + (runs - jobs);
    const env = ownEnv("real");
    await using server = await startRedis();
    await using log = await startJobLog({ port: 0 });
    await using agent = await startAgent(env);
    const stack = stackOf("kafka", ["joblog"]);
    await using gateway = await startCollector({
      config: [...stack.files, quick],
      args: argumentsOf(stack).slice(stack.files.length),
      env: { ...env, JOBTRAIL_JOBLOG_ENDPOINT: log.url },
    });
    await using app = startApp({ redis: server.url, collector: agent.http, jobs, workMs: 20 });
    await app.untilOver(jobs / 2);
    await crash(gateway);
    await gateway.start();
    await app.untilOver(jobs);
    expect(await app.stop()).toEqual({ codes: [0, 0, 0], said: "" });
    await vi.waitFor(async () => expect((await log.summary()).records).toBe(records), 20_000);
    expect(await log.summary()).toMatchObject({ jobs, runs, retries: runs - jobs, lost: 0, refused: 0, other: 0 });
    const sent = await sunkUids(agent);
    expect(new Set(sent).size).toBe(records);
    expect((await recordUidsOf(log.url, await jobsOf(log.url))).toSorted()).toEqual([...new Set(sent)].toSorted());
  });

  test("what Kafka as a backend was given, a gateway reads as it was: records, spans and metrics, each once", async () => {
    const env = ownEnv("backend");
    await using receiver = await startReceiver();
    const config = ["base.yaml", "agent.yaml", "backends/kafka.yaml"];
    await using agent = await startCollector({ config, env });
    await using _gateway = await startGateway(env, backendAt(receiver.url));
    const records = Array.from({ length: 2000 }, (_, n) => recordOf(n));
    for (let n = 0; n < records.length; n += 500)
      expect(await sendRecords(agent.http, records.slice(n, n + 500))).toBe(200);
    const spans = records.slice(0, 200).map((_, n): SpanOf => ({ traceId: traceId(n), attributes: { n } }));
    expect(await sendSpans(agent.http, spans)).toBe(200);
    expect(await sendCounter(agent.http)).toBe(200);
    await receiver.waitFor((all) => all.records().length >= 2000 && all.spans().length >= 200, 20_000);
    expect(receiver.records().toSorted(byUid)).toEqual(records);
    const received = receiver.spans().map(({ traceId: id, attributes }) => `${id} ${String(attributes["n"])}`);
    expect(received.toSorted()).toEqual(spans.map(({ traceId: id }, n) => `${id} ${n}`));
    await vi.waitFor(async () =>
      expect(await receiver.points()).toContainEqual(expect.objectContaining({ name: "mails", value: 7 })),
    );
  });

  test("a backend that is away, a gateway that is killed and loses its disk: all of it comes from Kafka", async () => {
    const env = ownEnv("away");
    await using backend = await startBackend(503);
    await using agent = await startAgent(env);
    await using gateway = await startGateway(env, backendAt(backend.url));
    for (let n = 0; n < 2000; n += 100) await deliver(agent.http, numbered(n, n + 100));
    await vi.waitFor(() => expect(requestsOf(backend)).not.toHaveLength(0), 20_000);
    await crash(gateway);
    const refused = requestsOf(backend).length;
    backend.status = 200;
    await gateway.start();
    await vi.waitFor(() => expect(uidsIn(backend, refused).size).toBe(2000), 20_000);
  });

  test.for(["first", "second"] as const)(
    "the %s of two backends is away, the other has all from Kafka, and the one itself when it is back",
    async (which) => {
      const env = ownEnv(`beside-${which}`);
      await using first = await startBackend(which === "first" ? 503 : 200);
      await using second = await startBackend(which === "first" ? 200 : 503);
      const [away, well] = which === "first" ? [first, second] : [second, first];
      const stack = stackOf("kafka", ["otlp", "victoria-logs"]);
      await using agent = await startAgent(env);
      await using _gateway = await startCollector({
        config: [...stack.files, quick],
        args: argumentsOf(stack).slice(stack.files.length),
        env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: first.url, VICTORIALOGS_URL: second.url },
      });
      for (let n = 0; n < 1000; n += 100) await deliver(agent.http, numbered(n, n + 100));
      await vi.waitFor(() => expect(uidsIn(well, 0).size).toBe(1000), 20_000);
      await vi.waitFor(() => expect(requestsOf(away)).not.toHaveLength(0), 20_000);
      const refused = requestsOf(away).length;
      away.status = 200;
      await vi.waitFor(() => expect(uidsIn(away, refused).size).toBe(1000), 40_000);
    },
  );

  test("a broker that is killed while the agent is fed, and the agent too: what was acknowledged arrives", async () => {
    const env = ownEnv("broker");
    await using receiver = await startReceiver();
    await using agent = await startAgent(env);
    await using gateway = await startGateway(env, backendAt(receiver.url));
    const feed = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 50) await deliver(agent.http, numbered(n, n + 50));
    };
    await feed(0, 500);
    await receiver.waitFor(({ records }) => records().length > 0, 20_000);
    const feeding = feed(500, 1000);
    await broker.kill();
    await feeding;
    // Neither needs Kafka to start.
    await agent.kill();
    await Promise.all([agent.start(), gateway.stop()]);
    await gateway.start();
    await Promise.all([feed(1000, 1500), broker.start()]);
    await feed(1500, 2000);
    await receiver.waitFor(({ records }) => new Set(uidsOf(records())).size === 2000, 30_000);
  });

  test("two gateways share the partitions, and each trace is with one of them: failed ones are kept whole", async () => {
    const env = {
      ...ownEnv("traces"),
      JOBTRAIL_COLLECTOR_TRACES_KEPT: "0",
      JOBTRAIL_COLLECTOR_DECISION_WAIT: "5s",
    };
    await using agent = await startAgent(env);
    await using one = await startReceiver();
    await using other = await startReceiver();
    await using first = await startGateway(env, backendAt(one.url));
    await using second = await startGateway(env, backendAt(other.url));
    expect(await sendSpans(agent.http, [{ traceId: traceId(99) }])).toBe(200);
    for (const gateway of [first, second])
      await gateway.waitForMetrics(
        (samples) =>
          sumOf(samples, "otelcol_kafka_receiver_partition_start") -
            sumOf(samples, "otelcol_kafka_receiver_partition_close") ===
          1,
        /partition/,
      );
    // Jobs whose first spans say nothing yet, and whose runs end after those are with a sampler.
    const traces = Array.from({ length: 40 }, (_, n) => traceId(n));
    expect(
      await sendSpans(
        agent.http,
        traces.map((id) => ({ traceId: id, name: "send mail" })),
      ),
    ).toBe(200);
    await vi.waitFor(async () => {
      const samples = [...(await first.metrics()), ...(await second.metrics())];
      expect(sumOf(samples, "otelcol_receiver_accepted_spans")).toBe(41);
    }, 10_000);
    const ends = traces.map((id, n) => ({ traceId: id, name: "process mail", error: n % 2 === 0 }));
    expect(await sendSpans(agent.http, ends)).toBe(200);
    const failed = traces.filter((_, n) => n % 2 === 0);
    await vi.waitFor(() => {
      expect(one.spans().length + other.spans().length).toBe(2 * failed.length);
    }, 10_000);
    const whole = (id: string): string[] => [`${id} process mail`, `${id} send mail`];
    expect(new Set([...tracesOf(one), ...tracesOf(other)])).toEqual(new Set(failed));
    for (const receiver of [one, other]) {
      expect(tracesOf(receiver).size).toBeGreaterThan(0);
      const names = receiver.spans().map(({ traceId: id, name }) => `${id} ${name}`);
      expect(names.toSorted()).toEqual([...tracesOf(receiver)].flatMap(whole).toSorted());
    }
    await Promise.all([decided(first), decided(second)]);
    expect(one.spans().length + other.spans().length).toBe(2 * failed.length);
  });

  test("the partitions of a gateway go to the backend side by side, however much each has", async () => {
    const env = ownEnv("abreast");
    await using agent = await startAgent(env);
    // More of each than a fetch takes by default, with no compression that helps.
    const body = (): string => randomBytes(450_000).toString("base64");
    for (let n = 0; n < 8; n++) await deliver(agent.http, [recordOf(n, { body: body() })]);
    await agent.waitForMetrics(
      (samples) => sumOf(samples, "otelcol_exporter_sent_log_records", { exporter: "kafka/logs" }) === 8,
      /exporter/,
    );
    const together = Promise.withResolvers<void>();
    // How many records wait for an answer; one that waits too long is closed, and comes again.
    let open = 0;
    const server = createServer((request, response) => {
      request.resume();
      if (request.url === "/v1/logs") {
        if (++open === 2) together.resolve();
        response.once("close", () => open--);
      }
      void together.promise.then(() => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using _gateway = await startGateway(env, backendAt(url));
    await together.promise;
    server.closeAllConnections();
    server.close();
  });

  test("a job log that is away does not stop the backend beside it, and gets all when it is there", async () => {
    const env = ownEnv("beside");
    await using receiver = await startReceiver();
    await using log = await startBackend(503);
    await using agent = await startAgent(env);
    const joblog = { ...env, JOBTRAIL_JOBLOG_ENDPOINT: log.url };
    const patient = "yaml:exporters::otlp_http/joblog::retry_on_failure::max_interval: 1s";
    await using _gateway = await startGateway(joblog, backendAt(receiver.url), "backends/joblog.yaml", patient);
    for (const n of [0, 1, 2]) {
      await deliver(agent.http, numbered(n * 100, n * 100 + 100));
      await receiver.waitFor(({ records }) => new Set(uidsOf(records())).size === n * 100 + 100, 20_000);
    }
    await vi.waitFor(() => expect(requestsOf(log)).not.toHaveLength(0));
    const refused = requestsOf(log).length;
    log.status = 200;
    await vi.waitFor(() => expect(uidsIn(log, refused).size).toBe(300), 20_000);
  });

  test("what the backend refuses for good stops nothing that follows, and is in the second sink", async () => {
    const env = ownEnv("refused");
    await using backend = await startBackend(401);
    await using agent = await startAgent(env);
    await using gateway = await startGateway(env, backendAt(backend.url));
    await deliver(agent.http, numbered(0, 10));
    await vi.waitFor(async () => expect(await sunkUids(gateway)).toHaveLength(10), 20_000);
    const refused = requestsOf(backend).length;
    backend.status = 200;
    await deliver(agent.http, numbered(10, 20));
    await vi.waitFor(() => expect(uidsIn(backend, refused)).toEqual(new Set(uids(10, 20))), 20_000);
    expect((await sunkUids(gateway)).toSorted()).toEqual(uids(0, 20));
  });

  test("what the second sink cannot write stays in Kafka until it can", async () => {
    const env = ownEnv("sink");
    await using receiver = await startReceiver();
    await using agent = await startAgent(env);
    await using gateway = await startGateway(env, backendAt(receiver.url));
    const sink = secondSinkOf(gateway);
    rmSync(sink, { recursive: true });
    writeFileSync(sink, "a file where a folder has to be");
    await deliver(agent.http, numbered(0, 10));
    // The backend gets it again and again, for it is not known which of the two refused.
    await receiver.waitFor(({ records }) => records().length >= 20, 20_000);
    await crash(gateway);
    await gateway.start();
    await vi.waitFor(async () => expect(await sunkUids(gateway)).toEqual(uids(0, 10)), 20_000);
  });

  test("a record that is too large for a message stops nothing that follows, and is in the agent's second sink", async () => {
    const env = ownEnv("large");
    await using receiver = await startReceiver();
    await using agent = await startAgent(env);
    await using _gateway = await startGateway(env, backendAt(receiver.url));
    expect(await sendRecords(agent.http, [recordOf(1, { body: "x".repeat(950_000) }), recordOf(2)])).toBe(200);
    await vi.waitFor(() => expect(agent.log()).toContain("Failed to split request"), 20_000);
    await deliver(agent.http, [recordOf(3)]);
    await receiver.waitFor(({ records }) => uidsOf(records()).includes(uidOf(3)), 20_000);
    expect(uidsOf(receiver.records())).not.toContain(uidOf(1));
    expect(await sunkUids(agent)).toEqual([1, 2, 3].map(uidOf));
  });
});

/** Members of a group that died are missed soon, and what was refused is tried again soon. */
const quick = `yaml:
receivers:
  kafka/logs: &soon {session_timeout: 1s, heartbeat_interval: 300ms}
  kafka/traces: *soon
  kafka/metrics: *soon
exporters:
  otlp_http/logs: {retry_on_failure: {initial_interval: 100ms, max_interval: 1s}}
`;

/** Ends a Collector as a machine does that is lost with its disk. */
async function crash(collector: Collector): Promise<void> {
  await collector.kill();
  rmSync(collector.data, { recursive: true });
  mkdirSync(collector.data);
}

const traceId = (n: number): string => (n + 1).toString(16).padStart(32, "0");

const uids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => uidOf(from + n));

const numbered = (from: number, to: number): ReturnType<typeof recordOf>[] =>
  Array.from({ length: to - from }, (_, n) => recordOf(from + n));

const byUid = (one: ReturnType<typeof recordOf>, other: ReturnType<typeof recordOf>): number =>
  uidsOf([one])
    .join()
    .localeCompare(uidsOf([other]).join());

const tracesOf = (receiver: Receiver): Set<string> => new Set(receiver.spans().map(({ traceId: id }) => id));

/** What a backend was sent of the job log. */
const requestsOf = ({ requests }: Backend): Backend["requests"] =>
  requests.filter(({ path }) => path.endsWith("/v1/logs"));

/** The records of a backend's requests, but for so many first ones. */
const uidsIn = (backend: Backend, after: number): Set<string> =>
  new Set(
    requestsOf(backend)
      .slice(after)
      .flatMap(({ body }) => {
        const decoded = decodeLogs(body, "protobuf");
        if (isRefusal(decoded)) throw new Error(`Not OTLP: ${decoded.expected}`);
        return uidsOf(decoded.records);
      }),
  );

async function sunkUids(collector: Collector): Promise<string[]> {
  const found: string[] = [];
  for await (const request of recordsIn(secondSinkOf(collector))) found.push(...uidsOf(request));
  return found;
}

/** Sends a counter of seven mails. @returns the HTTP status. */
async function sendCounter(http: string): Promise<number> {
  const dataPoints = [{ timeUnixNano: `${Date.now()}000000`, asInt: "7" }];
  const metrics = [{ name: "mails", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } }];
  const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const headers = { "content-type": "application/json" };
  return (await fetch(`${http}/v1/metrics`, { method: "POST", headers, body })).status;
}

/** Waits until a gateway's sampler holds no trace that waits for a reason to be kept. */
const decided = (gateway: Collector): Promise<void> =>
  gateway.waitForMetrics(
    (samples) => sumOf(samples, "otelcol_processor_tail_sampling_sampling_traces_on_memory") === 0,
    /tail_sampling/,
  );
