import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";

/** A request to a fake server. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a fake server answers; an object is sent as JSON. */
export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A way in which a server fails. */
export type Fault = Answered | "hang up" | "cut off" | "html";

/** A server of this machine that answers as a documented one does. */
export interface Fake extends AsyncDisposable {
  readonly url: string;
  /** What it was asked, in order. */
  readonly requests: readonly Asked[];
  /** Those of them that were answered as they should be, and not by a failure. */
  readonly served: readonly Asked[];
  /** Fails so many times in this way, before it answers again as it should. */
  fail(fault: Fault, times?: number): void;
  /** Fails at random: a share of the requests, each in one of these ways. */
  failAtRandom(share: number, faults: readonly Fault[], random?: () => number): void;
  /** By how many milliseconds its clock is ahead. */
  skewMs: number;
  /** Resolves when so many requests have been answered since it started. */
  answered(requests: number): Promise<void>;
}

/** How a fake server listens. */
export interface FakeOptions {
  /** A port, so that it can be started again where it was; a free one otherwise. */
  readonly port?: number;
  /** Key and certificate in PEM, to speak TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a server on the loopback interface that answers by a function. */
export async function startFake(
  answer: (asked: Asked, fake: Fake) => Answered | Promise<Answered>,
  { port = 0, tls }: FakeOptions = {},
): Promise<Fake> {
  const [requests, served]: [Asked[], Asked[]] = [[], []];
  const plan = planOf();
  const count = countOf();
  const sockets = new Set<Socket>();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://fake");
    const asked = { method: request.method ?? "", path, query, headers: request.headers, body: await text(request) };
    requests.push(asked);
    const fault = plan.next();
    if (fault === "hang up") request.socket.destroy();
    else if (fault === undefined || fault === "cut off") send(response, await answer(asked, fake), fake, fault);
    else send(response, fault === "html" ? page : fault, fake);
    if (fault === undefined) served.push(asked);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void take(request, response)
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
      .finally(count.add);
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.on("connection", (socket: Socket) => void sockets.add(socket.on("close", () => sockets.delete(socket))));
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  const { port: found } = server.address() as AddressInfo;
  const fake: Fake = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${found}`,
    requests,
    served,
    skewMs: 0,
    fail: plan.fail,
    failAtRandom: plan.failAtRandom,
    answered: count.reached,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
  return fake;
}

/** The failures that are still to come. */
function planOf(): Pick<Fake, "fail" | "failAtRandom"> & { next(): Fault | undefined } {
  const faults: Fault[] = [];
  let some: { readonly share: number; readonly faults: readonly Fault[]; readonly random: () => number } | undefined;
  return {
    fail(fault, times = 1) {
      for (let i = 0; i < times; i++) faults.push(fault);
    },
    failAtRandom(share, faults, random = Math.random) {
      some = { share, faults, random };
    },
    next() {
      const planned = faults.shift();
      if (planned !== undefined || some === undefined || some.random() >= some.share) return planned;
      return some.faults[Math.floor(some.random() * some.faults.length)];
    },
  };
}

/** Counts, and lets others wait for a count. */
function countOf(): { add(): void; reached(wanted: number): Promise<void> } {
  const waiting = new Set<() => void>();
  let count = 0;
  return {
    add() {
      count++;
      for (const look of waiting) look();
    },
    reached: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (count < wanted) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

const page: Answered = {
  headers: { "content-type": "text/html" },
  body: "<!doctype html><title>Log in</title><p>Please log in.",
};

function send(response: ServerResponse, { status = 200, headers, body }: Answered, fake: Fake, cut?: "cut off"): void {
  const isText = typeof body === "string";
  const content = body === undefined ? "" : isText ? body : JSON.stringify(body);
  response.sendDate = false;
  response.writeHead(status, {
    ...(isText ? {} : { "content-type": "application/json" }),
    date: new Date(Date.now() + fake.skewMs).toUTCString(),
    ...headers,
  });
  response.end(cut === undefined ? content : content.slice(0, Math.floor(content.length / 2)));
}
