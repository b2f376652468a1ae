import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { decodeLogs, decodePoints, decodeSpans, encodeResponse, encodeStatus } from "@jobtrail/otlp";
import type { Encoding, PointData, Received, SpanData } from "@jobtrail/otlp";
import { eventsOf } from "./emitted.ts";
import type { Emitted } from "./emitted.ts";

/** An OTLP endpoint that keeps in memory what it is sent: for tests of whole processes. */
export interface Receiver extends Emitted, AsyncDisposable {
  /** Its address, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** The names of all headers that requests came with. */
  headers(): readonly string[];
  /**
   * Waits until something holds for what has arrived; it is asked again after each request.
   * @throws Error after the deadline, in milliseconds, saying what has arrived until then.
   */
  waitFor(holds: (emitted: Emitted) => boolean, deadlineMs?: number): Promise<void>;
}

/**
 * Starts a receiver for logs, spans and metrics in protobuf or JSON, gzip or not, on a free port of
 * the loopback interface. What it cannot read is answered with 400 and what is wrong with it.
 */
export async function startReceiver(): Promise<Receiver> {
  const kept: Kept = { records: [], spans: [], series: new Map(), headers: new Set() };
  const waiting = new Set<(closed?: Error) => void>();
  const server = createServer((request, response) => {
    void answer(request, response, kept)
      .catch((error: unknown) => response.writeHead(400).end(String(error)))
      .finally(() => {
        for (const look of waiting) look();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const emitted: Emitted = {
    records: () => kept.records,
    events: () => eventsOf(kept.records),
    spans: () => kept.spans,
    points: () => Promise.resolve([...kept.series.values()]),
  };
  return {
    ...emitted,
    headers: () => [...kept.headers],
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waitFor: (holds, deadlineMs = 10_000) =>
      new Promise((resolve, reject) => {
        const look = (closed?: Error): void => {
          try {
            if (closed !== undefined) throw closed;
            if (holds(emitted)) over(resolve);
          } catch (error) {
            over(() => reject(error));
          }
        };
        const over = (settle: () => void): void => {
          waiting.delete(look);
          clearTimeout(timer);
          settle();
        };
        const timer = setTimeout(
          () => over(() => reject(new Error(`Not within ${deadlineMs} ms. ${summary(kept)}`))),
          deadlineMs,
        );
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      for (const look of waiting) look(new Error("The receiver was closed."));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Kept {
  readonly records: Received[];
  readonly spans: SpanData[];
  readonly series: Map<string, PointData>;
  readonly headers: Set<string>;
}

const encodings: Readonly<Record<string, Encoding>> = {
  "application/x-protobuf": "protobuf",
  "application/json": "json",
};

/** How a signal's request is read and kept; gives why it could not be. */
const signals = {
  logs(body: Uint8Array, encoding: Encoding, { records }: Kept): Refusal | undefined {
    const decoded = decodeLogs(body, encoding);
    if (isRefusal(decoded)) return decoded;
    records.push(...decoded.records);
    return decoded.refused[0]?.reason;
  },
  traces(body: Uint8Array, encoding: Encoding, { spans }: Kept): Refusal | undefined {
    const decoded = decodeSpans(body, encoding);
    if (isRefusal(decoded)) return decoded;
    spans.push(...decoded);
    return undefined;
  },
  metrics(body: Uint8Array, encoding: Encoding, { series }: Kept): Refusal | undefined {
    const decoded = decodePoints(body, encoding);
    if (isRefusal(decoded)) return decoded;
    for (const point of decoded) series.set(seriesOf(point), point);
    return undefined;
  },
};

type Signal = keyof typeof signals;

const isSignal = (name: string): name is Signal => Object.hasOwn(signals, name);

const unzipped = promisify(gunzip);

async function answer(request: IncomingMessage, response: ServerResponse, kept: Kept): Promise<void> {
  const signal = request.url?.replace("/v1/", "") ?? "";
  for (const name of Object.keys(request.headers)) kept.headers.add(name);
  const type = request.headers["content-type"] ?? "";
  const encoding = encodings[type];
  const sent = await buffer(request);
  if (!isSignal(signal)) return void response.writeHead(404).end(`No such path: ${request.url}`);
  if (encoding === undefined) return void response.writeHead(415).end(`No such content type: ${type}`);
  const body = request.headers["content-encoding"] === "gzip" ? await unzipped(sent) : sent;
  const refusal = signals[signal](body, encoding, kept);
  response.setHeader("content-type", type);
  if (refusal === undefined) return void response.writeHead(200).end(encodeResponse(signal, encoding));
  const why = `${refusal.path} is ${refusal.found}; expected ${refusal.expected}`;
  response.writeHead(400).end(encodeStatus(encoding, 3, why));
}

/** One process's metric with one set of attributes. */
const seriesOf = ({ resource, scope, name, attributes }: PointData): string =>
  JSON.stringify([resource.attributes, scope.name, name, attributes]);

function summary({ records, spans, series }: Kept): string {
  const events = records.map(({ record }) => record.eventName ?? "?").join(", ");
  const points = [...new Set([...series.values()].map(({ name }) => name))].join(", ");
  return `Records: ${events}. Spans: ${spans.map(({ name }) => name).join(", ")}. Points: ${points}.`;
}
