import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An attribute as OTLP writes it in JSON. */
interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What of a span in OTLP's JSON is looked at. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** What of a log record in OTLP's JSON is looked at. */
export interface LogRecord {
  readonly eventName: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly Attribute[];
}

/** What of a metric in OTLP's JSON is looked at. */
export interface Metric {
  readonly name: string;
}

/** A plain OTLP/HTTP receiver that reads JSON only and keeps what it is sent. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What came since it was last taken. */
  take(): Received;
}

/** What a receiver was sent. */
export interface Received {
  readonly spans: readonly Span[];
  readonly records: readonly LogRecord[];
  readonly metrics: readonly Metric[];
  /** The values of `service.name` of all resources. */
  readonly services: ReadonlySet<unknown>;
}

interface Group {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopeSpans?: readonly { readonly spans: readonly Span[] }[];
  readonly scopeLogs?: readonly { readonly logRecords: readonly LogRecord[] }[];
  readonly scopeMetrics?: readonly { readonly metrics: readonly Metric[] }[];
}

/** Starts a receiver on a free port. */
export async function startReceiver(): Promise<Receiver> {
  let groups: Group[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isJson = request.headers["content-type"] === "application/json";
      if (isJson) groups.push(...groupsIn(Buffer.concat(chunks).toString()));
      response.writeHead(isJson ? 200 : 415, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = groups;
      groups = [];
      return receivedIn(taken);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const groupsIn = (text: string): Group[] => Object.values(JSON.parse(text) as Record<string, Group[]>).flat();

const receivedIn = (groups: readonly Group[]): Received => ({
  spans: groups.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans }) => spans)),
  records: groups.flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
  metrics: groups.flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
  services: new Set(
    groups.flatMap(({ resource }) =>
      resource.attributes.filter(({ key }) => key === "service.name").map(({ value }) => value["stringValue"]),
    ),
  ),
});
