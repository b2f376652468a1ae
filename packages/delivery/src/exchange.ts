import type * as http from "node:http";
import type { Socket } from "node:net";
import type * as timers from "node:timers";

/** A request as plain data, so that a thread can make it. */
export interface Exchange {
  readonly url: string;
  readonly options: http.RequestOptions;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
}

/** The reply, as plain data. */
export type Reply = Answered | Unanswered;

/** A status, with headers and body. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  readonly body: Uint8Array;
}

/** Why there is no status. */
export interface Unanswered {
  /** Node's code, such as `ECONNREFUSED`; `ETIMEDOUT` where the time was over. */
  readonly code: string;
  readonly message: string;
  /** Whether there was a connection. */
  readonly connected: boolean;
  /** Whether that connection had served an earlier request: the receiver may have closed it just then. */
  readonly reused: boolean;
  /** How long was waited, after a timeout. */
  readonly waitedMs?: number;
  /** The port that refused the connection: the receiver's, or a proxy's. */
  readonly port?: number;
}

/**
 * Makes one request over HTTP; never rejects and follows no redirect. Once a status is here it decides, however the rest
 * of the answer ends. It uses nothing but its arguments and `failureOf`: the thread that sends at exit runs both from
 * their text.
 */
export function exchange(
  { request: start }: Pick<typeof http, "request">,
  { setTimeout, clearTimeout }: Pick<typeof timers, "setTimeout" | "clearTimeout">,
  { url, options, body, timeoutMs }: Exchange,
  opened: (socket: Socket) => void = () => undefined,
): Promise<Reply> {
  const mostRead = 1_048_576;
  // The status already decides; the message that comes with it may take this long.
  const restMs = 1000;
  return new Promise<Reply>((resolve) => {
    let [connected, reused] = [false, false];
    let response: http.IncomingMessage | undefined;
    let late: NodeJS.Timeout | undefined;
    const chunks: Uint8Array[] = [];
    const over = (reply: Reply): void => {
      clearTimeout(late);
      resolve(reply);
    };
    const answered = ({ statusCode: status = 0, headers }: http.IncomingMessage): void => {
      const { "content-type": contentType = "", "retry-after": retryAfter, location } = headers;
      over({ status, contentType, retryAfter, location, body: Buffer.concat(chunks) });
    };
    const failed = (error: Error): void => over(failureOf(error, connected, reused, timeoutMs));
    try {
      const request = start(url, options);
      const waitFor = (ms: number): void => {
        clearTimeout(late);
        late = setTimeout(() => {
          if (response !== undefined) answered(response);
          request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
        }, ms);
        late.unref?.();
      };
      waitFor(timeoutMs);
      request.on("socket", (socket) => {
        connected = reused = request.reusedSocket;
        // A kept socket never connects again: its listeners would add up, and Node warns of the eleventh.
        if (!reused) socket.once(/^https:/i.test(url) ? "secureConnect" : "connect", () => (connected = true));
        opened(socket);
      });
      request.on("error", (error) => (response === undefined ? failed(error) : answered(response)));
      request.on("response", (incoming) => {
        response = incoming;
        waitFor(Math.min(restMs, timeoutMs));
        let size = 0;
        incoming.on("data", (part: Uint8Array) =>
          (size += part.length) > mostRead ? incoming.destroy() : chunks.push(part),
        );
        incoming.on("error", () => undefined).on("close", () => answered(incoming));
      });
      request.end(body);
    } catch (error) {
      // Such as a header that HTTP does not allow.
      failed(error as Error);
    }
  });
}

function failureOf(
  error: Error & { errors?: Error[] },
  connected: boolean,
  reused: boolean,
  waitedMs: number,
): Unanswered {
  // Of a host with several addresses Node reports all failures; the first says enough.
  const first = (error.errors?.[0] ?? error) as NodeJS.ErrnoException & { port?: number };
  const { code = "ERROR", message, port } = first;
  const wait = code === "ETIMEDOUT" ? { waitedMs } : {};
  return { code, message: message || code, connected, reused, ...wait, ...(port && { port }) };
}

/** The text of a function that makes requests, as an expression. */
export const exchangeText = (): string => `(() => { ${failureOf.toString()}; return ${exchange.toString()}; })()`;
