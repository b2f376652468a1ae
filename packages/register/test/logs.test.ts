import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fromRecord, isRefusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import { startTelemetry } from "@jobtrail/testing";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { expect, test } from "vitest";
import type { Endpoint } from "@jobtrail/delivery";
import { startLogs } from "../src/logs.ts";

test("a receiver that is away for a while gets everything once it is back, once and in order", async () => {
  await using receiver = await answering([503, 503, 200]);
  await using telemetry = startTelemetry();
  const logs = startLogs(receiver.endpoint, resource, {}, telemetry.providers);
  const logger = logs.provider.getLogger("app");
  logger.emit({ eventName: "one" });
  expect(await logs.flush()).toBe(false);
  logger.emit({ eventName: "two" });
  expect(await logs.flush()).toBe(false);
  expect(await logs.flush()).toBe(true);
  expect(receiver.taken).toEqual(["one", "two"]);
});

test("a flush in the middle of another one waits for what came meanwhile too", async () => {
  await using receiver = await answering([200]);
  await using telemetry = startTelemetry();
  const logs = startLogs(receiver.endpoint, resource, {}, telemetry.providers);
  const logger = logs.provider.getLogger("app");
  logger.emit({ eventName: "one" });
  const first = logs.flush();
  logger.emit({ eventName: "two" });
  expect(await Promise.all([first, logs.flush()])).toEqual([true, true]);
  expect(receiver.taken).toEqual(["one", "two"]);
});

test("what finds no room is counted, and a record tells the gap as soon as there is room", async () => {
  await using receiver = await answering([503, 200]);
  await using telemetry = startTelemetry();
  const env = { OTEL_BLRP_MAX_QUEUE_SIZE: "2" };
  const logs = startLogs(receiver.endpoint, resource, env, () => ({ ...telemetry.providers(), logger: logs.provider }));
  const logger = logs.provider.getLogger("app");
  for (const eventName of ["one", "two", "three", "four", "five"]) logger.emit({ eventName });
  expect(await logs.flush()).toBe(false);
  await logs.flush();
  await logs.flush();
  expect(receiver.taken).toEqual(["one", "two", "job.log.gap"]);
  expect(receiver.gaps).toEqual([3]);
  expect(await dropped(telemetry)).toBe(3);
});

test("what the receiver refuses for good is counted and does not stand in the way", async () => {
  await using receiver = await answering([400, 200]);
  await using telemetry = startTelemetry();
  const logs = startLogs(receiver.endpoint, resource, {}, () => ({ ...telemetry.providers(), logger: logs.provider }));
  const logger = logs.provider.getLogger("app");
  logger.emit({ eventName: "one" });
  await logs.flush();
  logger.emit({ eventName: "two" });
  await logs.flush();
  await logs.flush();
  expect(receiver.taken).toEqual(["two", "job.log.gap"]);
  expect(await dropped(telemetry)).toBe(1);
});

test("a record that cannot be encoded takes no other with it", async () => {
  await using receiver = await answering([200]);
  await using telemetry = startTelemetry();
  const logs = startLogs(receiver.endpoint, resource, {}, () => ({ ...telemetry.providers(), logger: logs.provider }));
  const logger = logs.provider.getLogger("app");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  logger.emit({ eventName: "one" });
  logger.emit({ eventName: "circle", body: circle });
  logger.emit({ eventName: "two" });
  await logs.flush();
  await logs.flush();
  expect(receiver.taken).toEqual(["one", "two", "job.log.gap"]);
});

const resource = resourceFromAttributes({ "service.name": "app" });

const dropped = async (telemetry: ReturnType<typeof startTelemetry>): Promise<number | bigint | undefined> =>
  (await telemetry.points()).find(({ name }) => name === "job.log.dropped")?.value;

interface Answering extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** The names of the records that were answered with 200. */
  readonly taken: string[];
  readonly gaps: unknown[];
}

/** A receiver of logs that gives those answers in order, and the last one from then on. */
async function answering(statuses: number[]): Promise<Answering> {
  const taken: string[] = [];
  const gaps: unknown[] = [];
  const server: Server = createServer((request, response) => {
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
    if (status === 200) keep(body);
    response.writeHead(status).end();
  };
  const keep = (body: Uint8Array): void => {
    const decoded = decodeLogs(body, "protobuf");
    if (isRefusal(decoded)) throw new Error(decoded.found);
    for (const { record } of decoded.records) {
      taken.push(record.eventName ?? "");
      const event = fromRecord(record);
      if (!isRefusal(event) && event.name === "job.log.gap") gaps.push(event.attributes["job.gap.count"]);
    }
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  return {
    endpoint: { url, headers: {}, encoding: "protobuf", gzip: false, timeoutMs: 5000, tls: {} },
    taken,
    gaps,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
