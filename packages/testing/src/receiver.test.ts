import { gzipSync } from "node:zlib";
import { SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { startReceiver } from "./receiver.ts";
import type { Receiver } from "./receiver.ts";

const scope = { name: "@jobtrail/test" };
const traces = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          scope,
          spans: [
            { traceId: "1".repeat(32), spanId: "2".repeat(16), name: "process email", kind: 5, endTimeUnixNano: "7" },
          ],
        },
      ],
    },
  ],
};
const metrics = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          scope,
          metrics: [
            { name: "job.run.active", unit: "{run}", sum: { aggregationTemporality: 2, dataPoints: [{ asInt: "3" }] } },
          ],
        },
      ],
    },
  ],
};

const post = ({ url }: Receiver, path: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : Buffer.from(body),
    headers: { "content-type": "application/json", ...headers },
  });

test("takes records in protobuf, zipped, from the SDK's own exporter", async () => {
  await using receiver = await startReceiver();
  const exporter = new OTLPLogExporter({ url: `${receiver.url}/v1/logs`, compression: "gzip" as never });
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const attributes = { "job.system.name": "bullmq", "job.id": "7" };
  provider
    .getLogger("@jobtrail/test")
    .emit({ eventName: "job.queued", severityNumber: SeverityNumber.INFO, attributes });
  await receiver.waitFor((emitted) => emitted.events().length === 1);
  await provider.shutdown();
  expect(receiver.events()).toMatchObject([{ name: "job.queued", attributes }]);
});

test("takes spans and points in JSON, zipped or not", async () => {
  await using receiver = await startReceiver();
  expect((await post(receiver, "/v1/traces", JSON.stringify(traces))).status).toBe(200);
  const zipped = gzipSync(JSON.stringify(metrics));
  expect((await post(receiver, "/v1/metrics", zipped, { "content-encoding": "gzip" })).status).toBe(200);
  expect(receiver.spans()).toMatchObject([{ name: "process email", kind: "consumer", scope }]);
  expect(await receiver.points()).toMatchObject([{ name: "job.run.active", type: "sum", value: 3, scope }]);
});

test("keeps of each series the last point", async () => {
  await using receiver = await startReceiver();
  await post(receiver, "/v1/metrics", JSON.stringify(metrics));
  await post(receiver, "/v1/metrics", JSON.stringify(metrics).replace('"3"', '"4"'));
  expect(await receiver.points()).toMatchObject([{ value: 4 }]);
});

test("answers what it cannot read with what is wrong with it", async () => {
  await using receiver = await startReceiver();
  const refused = await post(receiver, "/v1/traces", '{"resourceSpans":7}');
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("resourceSpans is 7")]);
  expect((await post(receiver, "/v1/traces", "no gzip", { "content-encoding": "gzip" })).status).toBe(400);
  expect((await post(receiver, "/v1/traces", "{}", { "content-type": "text/plain" })).status).toBe(415);
  expect((await post(receiver, "/v1/profiles", "{}")).status).toBe(404);
});

test("says after the deadline what has arrived until then", async () => {
  await using receiver = await startReceiver();
  await post(receiver, "/v1/traces", JSON.stringify(traces));
  const waiting = receiver.waitFor((emitted) => emitted.spans().length === 2, 50);
  await expect(waiting).rejects.toThrow("Not within 50 ms. Records: . Spans: process email. Points: .");
});

test("waiters are notified when it closes", async () => {
  const receiver = await startReceiver();
  const [waiting] = await Promise.allSettled([receiver.waitFor(() => false), receiver[Symbol.asyncDispose]()]);
  expect(waiting).toMatchObject({ status: "rejected", reason: new Error("The receiver was closed.") });
});
