import { gunzipSync } from "node:zlib";
import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { decodeLogs, decodePoints, decodeSpans } from "@jobtrail/otlp";
import type { Encoding, PointData, Received, Signal, SpanData } from "@jobtrail/otlp";
import { seriesIn } from "./series.ts";
import type { Series } from "./series.ts";
import { unsnapped } from "./snappy.ts";

/** What a request brought. */
export interface Load {
  readonly records: readonly Received[];
  readonly spans: readonly SpanData[];
  readonly points: readonly PointData[];
  readonly series: readonly Series[];
}

/** How a request of a protocol is opened and read. */
export interface Protocol {
  /** The content types, and the encoding of each. */
  readonly types: Readonly<Record<string, Encoding>>;
  /** The header that names the compression, and what undoes each; `identity` where the header is not there. */
  readonly compression: string;
  readonly unpacked: Readonly<Record<string, (body: Uint8Array) => Uint8Array>>;
  read(signal: Signal, body: Uint8Array, encoding: Encoding): Partial<Load> | Refusal;
}

const otlpReaders: Readonly<Record<Signal, (body: Uint8Array, encoding: Encoding) => Partial<Load> | Refusal>> = {
  logs(body, encoding) {
    const decoded = decodeLogs(body, encoding);
    return isRefusal(decoded) ? decoded : (decoded.refused[0]?.reason ?? { records: decoded.records });
  },
  traces(body, encoding) {
    const spans = decodeSpans(body, encoding);
    return isRefusal(spans) ? spans : { spans };
  },
  metrics(body, encoding) {
    const points = decodePoints(body, encoding);
    return isRefusal(points) ? points : { points };
  },
};

const otlp: Protocol = {
  types: { "application/x-protobuf": "protobuf", "application/json": "json" },
  compression: "content-encoding",
  unpacked: { gzip: gunzipSync, identity: (body) => body },
  read: (signal, body, encoding) => otlpReaders[signal](body, encoding),
};

/** A message of gRPC without the five bytes before it. */
const messageIn = (frame: Uint8Array): Uint8Array => frame.subarray(5);

const grpc: Protocol = {
  ...otlp,
  types: { "application/grpc": "protobuf", "application/grpc+proto": "protobuf" },
  compression: "grpc-encoding",
  unpacked: { gzip: (frame) => gunzipSync(messageIn(frame)), identity: messageIn },
};

const remoteWrite: Protocol = {
  types: { "application/x-protobuf": "protobuf" },
  compression: "content-encoding",
  unpacked: { snappy: unsnapped },
  read(_, body) {
    const series = seriesIn(body);
    return isRefusal(series) ? series : { series };
  },
};

/** The protocols of the stand-ins. */
export const protocols = { otlp, grpc, remoteWrite } as const;
