import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { SpanKind } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** What is sent: records of the job log, or spans of runs. */
export type Signal = "logs" | "traces";

/** Different requests of OTLP as protobuf, as an SDK sends them: so many runs each, of jobs of their own. */
export const bodiesOf = async (signal: Signal, count: number, runs: number): Promise<readonly Uint8Array[]> =>
  signal === "logs" ? Array.from({ length: count }, () => logsBody(runs)) : spanBodies(count, runs);

const logsBody = (runs: number): Uint8Array => encodeLogs(Array.from({ length: runs }, ended), "protobuf");

const resource = {
  "service.name": "mailer",
  "service.instance.id": hex(8),
  "process.pid": 4711,
  "host.name": "worker-17.example",
  "telemetry.sdk.language": "nodejs",
};

const sender: Received["resource"] = { attributes: resource };
const scope: Received["scope"] = { name: "@jobtrail/instrumentation-bullmq", version: "0.1.0" };

/** About 1 KB: what is the same in each record of a queue, and what is not, as a real one has them. */
function ended(): Received {
  const now = Date.now() + Math.floor(Math.random() * 60_000);
  const time: [number, number] = [Math.floor(now / 1000), (now % 1000) * 1_000_000];
  const { "job.uid": uid, ...job } = jobOf();
  return {
    resource: sender,
    scope,
    record: {
      eventName: "job.run.ended",
      time,
      observed: time,
      severity: 9,
      body: `welcome in mail succeeded after ${Math.random().toFixed(3)} s (job ${job["job.id"]}, run 1, ${uid.slice(0, 8)}): ${prose()}`,
      span: { traceId: hex(16), spanId: hex(8), traceFlags: 1 },
      attributes: {
        ...job,
        "job.uid": uid,
        "job.created_at": new Date(now - 1000).toISOString(),
        "job.run.wait": Math.random(),
        "job.run.duration": Math.random(),
        "job.status.native": "completed",
        "job.record.source": "hook",
        "job.event.sequence": 2,
        "log.record.uid": `${hex(8)}-2`,
      },
    },
  };
}

function jobOf() {
  const uid = hex(16);
  return {
    "job.system.name": "bullmq",
    "job.namespace": "bull/0",
    "job.queue.name": "mail",
    "job.name": "welcome",
    "job.id": `${Math.floor(Math.random() * 1e7)}`,
    "job.uid": uid,
    "job.max_attempts": 3,
    "job.trigger.type": "api",
    "job.run.uid": `${uid}-${Date.now()}.1`,
    "job.run.number": 1,
    "job.run.attempt": 1,
    "job.run.result": "success",
    "job.run.final": true,
  };
}

const words = "mail template recipient sent queued accepted by relay after greeting with header of list".split(" ");

const prose = (): string =>
  Array.from({ length: 24 }, () => words[Math.floor(Math.random() * words.length)] ?? "").join(" ");

function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** The SDK's own requests, each span with a trace of its own, as a run has that is linked to the job's sender. */
async function spanBodies(count: number, runs: number): Promise<readonly Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    bodies.push(await buffer(request));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url }),
    maxExportBatchSize: runs,
  });
  const provider = new TracerProvider({ resource: resourceFromAttributes(resource), spanProcessors: [processor] });
  const tracer = provider.getTracer(scope.name, scope.version);
  while (bodies.length < count) {
    for (let n = 0; n < runs; n++) {
      const attributes = { ...jobOf(), "messaging.system.name": "bullmq", "messaging.destination.name": "mail" };
      tracer.startSpan("process mail", { root: true, kind: SpanKind.CONSUMER, attributes }).end();
    }
    await provider.forceFlush();
  }
  await provider.shutdown();
  await new Promise((resolve) => server.close(resolve));
  return bodies;
}
