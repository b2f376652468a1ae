import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Endpoint } from "@jobtrail/delivery";
import { isRefusal } from "@jobtrail/core/event";
import { decodeLogs, encodeLogs } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";
import type { Chunk } from "@jobtrail/delivery";

/** What a receiver answers to a request; status 200 and nothing more where nothing is said. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A request as it came in. */
export interface Seen {
  readonly headers: IncomingHttpHeaders;
  /** The names of its records. */
  readonly names: readonly string[];
}

/** A real receiver of log records over HTTP. */
export interface Receiver extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly requests: Seen[];
}

/** Something that listens on a free port of this machine until it is disposed of. */
export async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => void sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** How one endpoint is reached where nothing is set. */
export const endpointAt = (url: string, more: Partial<Endpoint> = {}): Endpoint => ({
  url,
  headers: {},
  encoding: "protobuf",
  gzip: false,
  timeoutMs: 5000,
  tls: {},
  ...more,
});

/** A receiver that decides by each request what it answers. */
export async function receiver(
  answer: (request: Seen, count: number) => Scripted,
  more: Partial<Endpoint> = {},
): Promise<Receiver> {
  const requests: Seen[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const seen = { headers: request.headers, names: namesIn(await buffer(request), request.headers["content-type"]) };
    requests.push(seen);
    const { status = 200, headers = {}, body = "" } = answer(seen, requests.length);
    response.writeHead(status, headers).end(body);
  };
  const listener: RequestListener = (request, response) => void take(request, response);
  const { port, [Symbol.asyncDispose]: dispose } = await listening(createServer(listener));
  return {
    endpoint: endpointAt(`http://127.0.0.1:${port}/v1/logs`, more),
    requests,
    [Symbol.asyncDispose]: dispose,
  };
}

function namesIn(body: Uint8Array, type: string | undefined): string[] {
  const decoded = decodeLogs(body, type === "application/json" ? "json" : "protobuf");
  if (isRefusal(decoded)) throw new Error(`${decoded.path}: ${decoded.found}`);
  return decoded.records.map(({ record }) => record.eventName ?? "");
}

/** An encoded request with a record for each name. */
export const chunkOf = (names: readonly string[], encoding: Encoding = "protobuf"): Chunk => ({
  body: encodeLogs(
    names.map((eventName, i) => ({
      record: { eventName, observed: [0, 0], severity: 9, body: `${eventName} happened`, attributes: { place: i } },
      resource: { attributes: { "service.name": i % 3 === 0 ? "shop" : "bank" } },
      scope: { name: i % 2 === 0 ? "even" : "odd" },
    })),
    encoding,
  ),
  items: names.length,
});

/** Waits until something holds, which is looked at whenever the loop turns. */
export async function until(holds: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Not within ${ms} ms.`);
    await new Promise((resolve) => void setImmediate(resolve));
  }
}
