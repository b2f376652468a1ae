import type * as http from "node:http";
import timers from "node:timers";
import { answerOf } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { exchange } from "./exchange.ts";
import type { Exchange, Unanswered } from "./exchange.ts";

// Taken at load: a host's tests may replace the globals.
const { setTimeout, clearTimeout } = timers;

/** Sends one encoded request; never rejects. */
export type Send = (body: Uint8Array) => Promise<Answer>;

/** How requests are made. */
export interface SendOptions {
  /** Whether a request that is under way keeps the process alive. */
  readonly keepsAlive?: boolean;
  /** Runs the code that starts a request, for instance without tracing. */
  readonly untraced?: <T>(work: () => T) => T;
}

/** Sends to one endpoint, over a connection that is kept. The HTTP client is loaded with the first request. */
export function sender(
  endpoint: Endpoint,
  { keepsAlive = false, untraced = (work) => work() }: SendOptions = {},
): Send {
  let opened: Client | undefined;
  return async (body) => {
    const client = (opened ??= clientOf(endpoint));
    const { agent } = client;
    const { url, options, body: bytes } = requestOf(endpoint, body);
    const request: Exchange = { url, options: { ...options, agent }, body: bytes, timeoutMs: endpoint.timeoutMs };
    const once = (): Promise<Answer & Partial<Unanswered>> =>
      untraced(() =>
        exchange(
          client,
          { setTimeout, clearTimeout },
          request,
          (socket) => void (keepsAlive ? socket.ref() : socket.unref()),
        ),
      ).then(answerOf);
    const answer = await once();
    // The receiver closed a kept connection at the moment when it was reused.
    return answer.reused === true && answer.code !== "ETIMEDOUT" ? once() : answer;
  };
}

interface Client extends Pick<typeof http, "request"> {
  readonly agent: http.Agent;
}

/** An ESM import of these modules costs 24 to 46 ms, because it reads every getter; this costs 3. */
function clientOf({ url, tls, proxy }: Endpoint): Client {
  const { request, Agent } = process.getBuiltinModule(isSecure(url) ? "node:https" : "node:http") as typeof http;
  return { request, agent: new Agent({ keepAlive: true, ...tls, ...(proxy && { proxyEnv: proxy }) }) };
}

const isSecure = (url: string): boolean => /^https:/i.test(url);

/** A request as plain data. */
export function requestOf(endpoint: Endpoint, body: Uint8Array): Omit<Exchange, "timeoutMs"> {
  const { url, headers, encoding, gzip, tls } = endpoint;
  const bytes = gzip ? process.getBuiltinModule("node:zlib").gzipSync(body) : body;
  return {
    url,
    options: {
      method: "POST",
      ...tls,
      headers: {
        "user-agent": "jobtrail/0.1.0",
        ...headers,
        "content-type": encoding === "json" ? "application/json" : "application/x-protobuf",
        "content-length": `${bytes.length}`,
        ...(gzip && { "content-encoding": "gzip" }),
      },
    },
    body: bytes,
  };
}
