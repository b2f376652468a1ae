import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createSecureServer, createServer as createPlainServer } from "node:http2";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createServer as createOldServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import type { PointData, Received, Signal, SpanData } from "@jobtrail/otlp";
import { encodeResponse, encodeStatus } from "@jobtrail/otlp";
import { makeCertificate } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { judge } from "./judge.ts";
import type { Asked, Verdict } from "./judge.ts";
import type { Vendor } from "./row.ts";
import type { Series } from "./series.ts";

/** A vendor's intake: a proxy that answers at the vendor's own address, by the vendor's row, and keeps what it takes. */
export interface StandIn extends AsyncDisposable {
  /** What makes a Collector go by the proxy, and trust it. */
  readonly env: Readonly<Record<string, string>>;
  readonly records: Received[];
  readonly spans: SpanData[];
  readonly points: PointData[];
  readonly series: Series[];
  /** What was not taken, or not all of it. */
  readonly refused: Verdict[];
  /** How many bytes each request that could be opened had, before compression. */
  readonly sizes: Readonly<Record<Signal, number[]>>;
  /** From now on the vendor does not know the secret. */
  revoke(): void;
  /** Waits until something holds, looking after each request. @throws Error after the deadline, with what has come. */
  until(holds: (standIn: StandIn) => boolean, deadlineMs?: number): Promise<void>;
}

/** Starts the stand-in of a vendor on a free port of the loopback interface. */
export async function startStandIn(vendor: Vendor): Promise<StandIn> {
  const certificate = makeCertificate(hostsOf(vendor));
  const looks = new Set<() => void>();
  const sockets = new Set<Duplex>();
  let isRevoked = false;
  const listener = listenerOf(vendor, (asked) => {
    const verdict = judge(vendor, asked, { isRevoked });
    keep(standIn, verdict);
    setImmediate(() => looks.forEach((look) => look()));
    return verdict;
  });
  const proxy = createServer(listener);
  const behind = serversOf(vendor, certificate, listener);
  proxy.on("connect", ({ url = "" }: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A Collector that ends lets go of its connections.
    socket.on("error", () => socket.destroy());
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    socket.unshift(head);
    behind(url).emit("connection", socket);
  });
  proxy.on("connection", (socket) => sockets.add(socket.once("close", () => sockets.delete(socket))));
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const standIn: StandIn = {
    env: { HTTPS_PROXY: address, HTTP_PROXY: address, SSL_CERT_FILE: certificate.file },
    records: [],
    spans: [],
    points: [],
    series: [],
    refused: [],
    sizes: { logs: [], traces: [], metrics: [] },
    revoke: () => void (isRevoked = true),
    until: (holds, deadlineMs = 20_000) => waited(standIn, looks, holds, deadlineMs),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      certificate[Symbol.dispose]();
    },
  };
  return standIn;
}

const hostsOf = ({ ways }: Vendor): string[] => [
  ...new Set(Object.values(ways).map(({ url }) => new URL(url).hostname)),
];

type Server = Pick<ReturnType<typeof createSecureServer>, "emit">;

/** Who speaks behind a tunnel to a host and port: TLS, with HTTP 2 where the vendor has it, or gRPC without TLS. */
function serversOf(
  vendor: Vendor,
  { key, certificate: cert }: Certificate,
  listener: Listener,
): (to: string) => Server {
  const secure = vendor.isOld
    ? createOldServer({ key, cert }, listener as RequestListener)
    : createSecureServer({ key, cert, allowHTTP1: true }, listener);
  const plain = createPlainServer(listener);
  const isSecure = new Map(
    Object.values(vendor.ways).map(({ url }) => {
      const { protocol, hostname, port } = new URL(url);
      return [`${hostname}:${port || 443}`, protocol === "https:"];
    }),
  );
  return (to) => (isSecure.get(to) === false ? plain : secure);
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;
type Listener = (request: Request, response: Response) => void;

function listenerOf(vendor: Vendor, judged: (asked: Asked) => Verdict): Listener {
  const answerTo = vendor.protocol === "grpc" ? answerGrpc : answer;
  const reply = async (request: Request, response: Response): Promise<void> => {
    const { method = "", headers } = request;
    const asked = { method, url: addressOf(request), headers: plainOf(headers), body: await buffer(request) };
    answerTo(response as ServerResponse & Http2ServerResponse, judged(asked));
  };
  // Who hangs up in the middle of a request is not answered.
  return (request, response) => void reply(request, response).catch(() => request.destroy());
}

/** The whole address: a proxy gets it as it is, and who is behind a tunnel puts it together. */
function addressOf({ url = "", headers, socket }: Request): string {
  if (!url.startsWith("/")) return url;
  const { ":scheme": scheme, ":authority": authority, host } = plainOf(headers);
  return `${scheme ?? (socket instanceof TLSSocket ? "https" : "http")}://${authority ?? host ?? ""}${url}`;
}

const plainOf = (headers: Request["headers"]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

function answer(response: ServerResponse, { status, why, signal, encoding, rejected }: Verdict): void {
  response.statusCode = status;
  if (signal === undefined || encoding === undefined || (status !== 200 && status < 300)) return void response.end();
  response.setHeader("content-type", encoding === "json" ? "application/json" : "application/x-protobuf");
  const partial = rejected === undefined ? undefined : { count: rejected, message: why ?? "" };
  response.end(status === 200 ? encodeResponse(signal, encoding, partial) : encodeStatus(encoding, 3, why ?? ""));
}

/** The codes of gRPC for the statuses of HTTP. */
const grpcCodes: Readonly<Record<number, number>> = { 200: 0, 400: 3, 401: 16, 404: 12, 413: 8, 415: 12 };

function answerGrpc(response: Http2ServerResponse, { status, why }: Verdict): void {
  response.writeHead(200, { "content-type": "application/grpc" });
  response.addTrailers({ "grpc-status": String(grpcCodes[status] ?? 2), ...(why && { "grpc-message": why }) });
  // An empty message, which says that all was taken.
  if (status === 200) response.write(Buffer.alloc(5));
  response.end();
}

function keep({ records, spans, points, series, refused, sizes }: StandIn, verdict: Verdict): void {
  const { load = {}, why, signal, bytes } = verdict;
  records.push(...(load.records ?? []));
  spans.push(...(load.spans ?? []));
  points.push(...(load.points ?? []));
  series.push(...(load.series ?? []));
  if (why !== undefined) refused.push(verdict);
  if (signal !== undefined && bytes !== undefined) sizes[signal].push(bytes);
}

function waited(
  standIn: StandIn,
  looks: Set<() => void>,
  holds: (standIn: StandIn) => boolean,
  deadlineMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (holds(standIn)) over(resolve);
    };
    const over = (settle: () => void): void => {
      clearTimeout(timer);
      looks.delete(look);
      settle();
    };
    const timer = setTimeout(() => over(() => reject(new Error(comeText(standIn, deadlineMs)))), deadlineMs);
    looks.add(look);
    look();
  });
}

const comeText = ({ records, spans, points, series, refused }: StandIn, deadlineMs: number): string =>
  `Not within ${deadlineMs} ms. ${records.length} records, ${spans.length} spans, ${points.length} points and ` +
  `${series.length} series came; refused: ${refused.map(({ status, why }) => `${status} ${why}`).join("; ")}.`;
