import { Agent as HttpAgent, request as http } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as https } from "node:https";
import { gzipSync } from "node:zlib";
import { contexts } from "@jobtrail/core/recorder";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import type { Endpoint } from "./endpoint.ts";

/** What became of a request. */
export type Answer =
  | { readonly kind: "taken"; readonly body: Uint8Array }
  /** Answered, and not worth another try. */
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "again"; readonly cause: string; readonly afterMs?: number };

/** Sends bytes; never rejects. */
export type Post = (body: Uint8Array) => Promise<Answer>;

/** Sends to one endpoint, over a connection that is kept and that keeps no process alive. */
export function poster(endpoint: Endpoint): Post {
  const secure = endpoint.url.startsWith("https:");
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, ...endpoint.tls });
  const send = secure ? https : http;
  // The app may trace its own requests; these are none of its.
  const untraced = suppressTracing(ROOT_CONTEXT);
  return (body) =>
    new Promise<Answer>((resolve) => {
      const bytes = endpoint.gzip ? gzipSync(body) : body;
      const options: RequestOptions = { method: "POST", agent, headers: headersOf(endpoint, bytes.length) };
      const request = contexts.with(untraced, () => send(endpoint.url, options));
      const late = setTimeout(() => request.destroy(new Failure("ETIMEDOUT")), endpoint.timeoutMs).unref();
      const over = (answer: Answer): void => {
        clearTimeout(late);
        resolve(answer);
      };
      request.on("socket", (socket) => socket.unref());
      request.on("error", (error: NodeJS.ErrnoException) =>
        over({ kind: "again", cause: error.code ?? error.message }),
      );
      request.on("response", (response) => read(response, over));
      request.end(bytes);
      // Such as a header that HTTP does not allow.
    }).catch((error: NodeJS.ErrnoException) => ({ kind: "again", cause: error.code ?? error.message }));
}

class Failure extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** What is said beside the bytes. */
export const headersOf = (
  { headers, encoding, gzip }: Pick<Endpoint, "headers" | "encoding" | "gzip">,
  length: number,
): Record<string, string> => ({
  "user-agent": "jobtrail/0.1.0",
  ...headers,
  "content-type": encoding === "json" ? "application/json" : "application/x-protobuf",
  "content-length": `${length}`,
  ...(gzip && { "content-encoding": "gzip" }),
});

function read(response: IncomingMessage, over: (answer: Answer) => void): void {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostRead) response.destroy();
    else chunks.push(chunk);
  });
  // Closed too early or too long: the status was given, and it decides.
  response.on("error", () => undefined);
  response.on("close", () => {
    if (status >= 200 && status < 300)
      over({ kind: "taken", body: size > mostRead ? new Uint8Array() : Buffer.concat(chunks) });
    else if (!later.has(status)) over({ kind: "refused", status });
    else over({ kind: "again", cause: `HTTP ${status}`, ...pause(response.headers["retry-after"]) });
  });
}

/** An answer holds one number and a sentence. */
const mostRead = 1 << 20;

/** The statuses that OTLP says may be tried again. */
const later: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function pause(retryAfter: string | undefined): { afterMs?: number } {
  if (retryAfter === undefined) return {};
  const seconds = Number(retryAfter);
  const afterMs = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return afterMs > 0 ? { afterMs } : {};
}
