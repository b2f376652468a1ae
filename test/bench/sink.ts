/**
 * An OTLP/HTTP endpoint in a process of its own that takes everything. What came is counted only
 * when the parent asks, so that counting takes no CPU from the app that is measured.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeLogs, decodePoints, decodeSpans } from "@jobtrail/otlp";
import { isRefusal } from "@jobtrail/core/event";

/** What arrived since it was last asked for. */
export interface Arrived {
  readonly spans: number;
  readonly records: number;
  readonly bytes: number;
  /** For each kind of span, record and point its attribute names, in order. */
  readonly shapes: Readonly<Record<string, readonly string[]>>;
}

let bodies: { readonly path: string; readonly body: Buffer }[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    bodies.push({ path: request.url ?? "", body: Buffer.concat(chunks) });
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("message", () => process.send?.(take()));
process.on("disconnect", () => process.exit());

function take(): Arrived {
  const taken = bodies;
  bodies = [];
  const logs = bodiesOf(taken, "/v1/logs").flatMap((body) => unless(decodeLogs(body, "protobuf")).records);
  const spans = bodiesOf(taken, "/v1/traces").flatMap((body) => unless(decodeSpans(body, "protobuf")));
  const points = bodiesOf(taken, "/v1/metrics").flatMap((body) => unless(decodePoints(body, "protobuf")));
  const shapes = [
    ...logs.map(({ record }) => [record.eventName ?? "", record.attributes] as const),
    ...spans.map((span) => [span.name, span.attributes] as const),
    ...points.map((point) => [`${point.name}, ${point.bounds?.length ?? 0} bounds`, point.attributes] as const),
  ];
  return {
    spans: spans.length,
    records: logs.length,
    bytes: taken.reduce((sum, { body }) => sum + body.length, 0),
    shapes: Object.fromEntries(shapes.map(([name, attributes]) => [name, Object.keys(attributes).sort()])),
  };
}

const bodiesOf = (from: typeof bodies, path: string): Buffer[] =>
  from.filter((each) => each.path === path).map(({ body }) => body);

function unless<T>(decoded: T): Exclude<T, { refused: true }> {
  if (isRefusal(decoded)) throw new Error(`The telemetry cannot be read: ${decoded.expected} at ${decoded.path}.`);
  return decoded as Exclude<T, { refused: true }>;
}
