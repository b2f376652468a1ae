import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { failure, reasonOf } from "./errors.ts";
import type { Incoming, Outgoing } from "./source.ts";
import type { Standing } from "./status.ts";

/** What listens for health checks and webhooks. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

interface Options {
  /** A host and a port. */
  readonly address: string;
  readonly standings: () => readonly Standing[];
  /** Takes a webhook for the bridge of a name; undefined where it takes none. */
  readonly receive: (bridge: string, request: Incoming) => Promise<Outgoing> | undefined;
}

/** The largest body that is read: 1 MB, the limit of the senders. */
const mostBytes = 1024 * 1024;

/**
 * Listens: `/health` says how each bridge stands, with 503 while one fails; `/webhooks/<name>` takes events.
 * @throws CatalogueError where it cannot listen.
 */
export async function listen({ address, standings, receive }: Options): Promise<Listening> {
  const at = /^(?:(.+):)?(\d{1,5})$/.exec(address);
  const host = at?.[1]?.replaceAll(/[[\]]/g, "") ?? "127.0.0.1";
  const server = createServer((request, response) => {
    answerTo(request, standings, receive)
      .catch((): Outgoing => ({ status: 500, text: "internal error" }))
      .then(
        (answer) => reply(response, answer),
        () => undefined,
      );
  });
  server.requestTimeout = 30_000;
  try {
    if (at === null) throw new Error("it is no host and port, such as 127.0.0.1:4319");
    server.listen(Number(at[2]), host);
    await once(server, "listening");
  } catch (cause) {
    throw failure("JOBTRAIL_BRIDGE_LISTEN", { address, reason: reasonOf(cause) }, { cause });
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function reply(response: ServerResponse, { status, text }: Outgoing): void {
  const type = text.startsWith("{") ? "application/json" : "text/plain";
  response.writeHead(status, { "content-type": type, ...(status === 503 && { "retry-after": "30" }) }).end(`${text}\n`);
}

async function answerTo(
  request: IncomingMessage,
  standings: Options["standings"],
  receive: Options["receive"],
): Promise<Outgoing> {
  const path = (request.url ?? "").replace(/[?#].*$/s, "");
  if (path === "/health") {
    const bridges = standings();
    return {
      status: bridges.some(({ state }) => state === "failing") ? 503 : 200,
      text: JSON.stringify({ bridges }),
    };
  }
  const name = /^\/webhooks\/([\w.-]{1,64})$/.exec(path)?.[1];
  if (name === undefined) return { status: 404, text: "not found" };
  if (request.method !== "POST") return { status: 405, text: "webhooks are sent by POST" };
  const body = await bodyOf(request);
  if (body === undefined) return { status: 413, text: "the body is larger than 1 MB" };
  return (
    (await receive(name, { method: "POST", headers: request.headers, body })) ?? { status: 404, text: "not found" }
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) if ((size += part.length) <= mostBytes) parts.push(part);
  return size > mostBytes ? undefined : Buffer.concat(parts);
}
