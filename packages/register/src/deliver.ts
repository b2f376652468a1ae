import type * as http from "node:http";
import type * as worker from "node:worker_threads";
import { Worker } from "node:worker_threads";
import { guard } from "@jobtrail/core/recorder";
import { refusedBy, unreachable } from "./channel.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Parcel } from "./outbox.ts";
import { headersOf } from "./post.ts";
import { say } from "./report.ts";

/** A parcel and where it goes. */
export interface Delivery {
  readonly endpoint: Endpoint;
  readonly parcel: Parcel;
}

/** A request as the thread makes it. */
interface Request {
  readonly url: string;
  readonly options: object;
  readonly body: Uint8Array;
}

/** What a request came to: an HTTP status, or one of these. */
const pending = 0;
const unanswered = -1;

/**
 * Sends requests while the caller waits, for as long as is allowed. Where a process exits no answer
 * would ever be read by its own loop, so a thread sends them.
 * @returns those that nobody answered.
 */
export function deliver<D extends Delivery>(deliveries: readonly D[], deadlineMs: number): readonly D[] {
  if (deliveries.length === 0) return [];
  const requests = deliveries.map(requestOf);
  const results = guard("sending at the exit", () => send(requests, deadlineMs));
  if (results === undefined) {
    say("thread", "what came last is not sent: no thread may start to do so. With --permission, add --allow-worker.");
    return deliveries;
  }
  results.forEach((result, i) => tell(requests[i]?.url ?? "", result));
  return deliveries.filter((_, i) => (results[i] ?? pending) <= pending);
}

/** What each request came to. */
function send(requests: readonly Request[], deadlineMs: number): readonly number[] {
  // The first cell counts what is over, the others hold the results.
  const cells = new Int32Array(new SharedArrayBuffer(4 * (requests.length + 1)));
  const options = { eval: true, execArgv: [], env: {}, workerData: { requests, cells } };
  new Worker(`(${inThread.toString()})(require)`, options).unref();
  const end = Date.now() + deadlineMs;
  for (let over = 0; over < requests.length && Date.now() < end; over = Atomics.load(cells, 0))
    Atomics.wait(cells, 0, over, end - Date.now());
  return [...cells].slice(1);
}

const requestOf = ({ endpoint, parcel: { body } }: Delivery): Request => ({
  url: endpoint.url,
  options: { method: "POST", headers: headersOf({ ...endpoint, gzip: false }, body.length), ...endpoint.tls },
  body,
});

function tell(url: string, result: number): void {
  if (result === pending) unreachable(url, "ETIMEDOUT");
  else if (result === unanswered) unreachable(url, "ECONNREFUSED");
  else if (result >= 400 && result !== 429 && result < 502) refusedBy(url, result);
}

/** Runs in the thread, from its text: it can use nothing but what it is given. */
function inThread(require: NodeJS.Require): void {
  const threads = require("node:worker_threads") as typeof worker;
  const { requests, cells } = threads.workerData as { requests: Request[]; cells: Int32Array<SharedArrayBuffer> };
  const post = ({ url, options, body }: Request): Promise<number> =>
    new Promise((resolve) => {
      const { request } = require(url.startsWith("https:") ? "node:https" : "node:http") as typeof http;
      const sent = request(url, options, (response) => {
        response.resume().on("close", () => resolve(response.statusCode ?? -1));
      });
      sent.on("error", () => resolve(-1)).end(body);
    });
  const send = async (request: Request, i: number): Promise<void> => {
    let result = await post(request);
    while (result === 429 || result > 501) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      result = await post(request);
    }
    Atomics.store(cells, i + 1, result);
    Atomics.add(cells, 0, 1);
    Atomics.notify(cells, 0);
  };
  requests.forEach((request, i) => void send(request, i));
}
