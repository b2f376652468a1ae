import { once } from "node:events";
import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { startError } from "./errors.ts";

/** Servers that answer at one port. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** How often another free port is looked for, where one is free at the first address only. */
const tries = 10;

/** The longest address and headers of a request together, in bytes; a longer one is answered with 431 by Node. */
const headerLimit = 64 * 1024;

/** How long answers under way may take when it closes; streams of events have no end of their own. */
const closingMs = 500;

/**
 * Listens at all loopback addresses for `localhost`, for programs take either; else at the host alone.
 * @throws StartError where it cannot.
 */
export async function listen(app: Hono, host: string, port: number): Promise<Listening> {
  if (host !== "localhost") return listening([await serve(app, host, port)]);
  for (let tried = 1; ; tried++) {
    const first = await serve(app, "127.0.0.1", port);
    try {
      return listening([first, await serve(app, "::1", portOf(first))]);
    } catch (error) {
      // A machine without IPv6.
      if (!isTaken(error)) return listening([first]);
      await close(first);
      if (port !== 0 || tried === tries) throw error;
    }
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "JOBTRAIL_PORT_IN_USE";

async function serve(app: Hono, address: string, port: number): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: headerLimit },
  }) as Server;
  server.on("clientError", refuse);
  try {
    server.listen(port, address);
    await once(server, "listening");
  } catch (cause) {
    throw startError(cause, { address, port });
  }
  return server;
}

/** How long what is left of a request that cannot be read is taken and thrown away, in milliseconds. */
const discardMs = 1000;

/**
 * Answers a request that Node cannot read. Its sender may still be writing: the rest is taken, for a connection that is
 * closed meanwhile is reset, and the answer with it.
 */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  // What comes after it cannot be read either.
  if (!socket.writable) return;
  const status = statuses[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  socket.resume();
  setTimeout(() => socket.destroy(), discardMs).unref();
}

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

const listening = (servers: readonly [Server, ...Server[]]): Listening => ({
  port: portOf(servers[0]),
  close: async () => void (await Promise.all(servers.map(close))),
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), closingMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}
