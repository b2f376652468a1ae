import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

/** A request that a backend was sent. */
export interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What was sent, without compression. */
  readonly body: Uint8Array;
}

/** An OTLP/HTTP backend that keeps every request and gives configured answers. */
export interface Backend extends AsyncDisposable {
  readonly url: string;
  /** All requests so far, whatever was answered. */
  readonly requests: readonly Request[];
  /** The status that is answered from now on. */
  status: number;
  /** How long each answer takes from now on. */
  delayMs: number;
}

/** Starts a backend on a port of the loopback interface, a free one where none is named. */
export async function startBackend(status = 200, { port = 0, delayMs = 0 } = {}): Promise<Backend> {
  const requests: Request[] = [];
  const backend = { requests, status, delayMs };
  const server = createServer((request, response) => void take(request, response));
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url: path = "", headers } = request;
    const sent = await buffer(request);
    requests.push({ path, headers, body: headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent });
    if (backend.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, backend.delayMs));
    response.writeHead(backend.status, { "content-type": "application/x-protobuf" }).end();
  };
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return Object.assign(backend, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
