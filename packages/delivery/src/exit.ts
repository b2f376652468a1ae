import type * as http from "node:http";
import type * as timers from "node:timers";
import type * as threads from "node:worker_threads";
import { elapsedMs } from "@jobtrail/core/clock";
import { answerOf } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { exchangeText } from "./exchange.ts";
import type { Exchange, Reply, exchange } from "./exchange.ts";
import type { Outbox } from "./outbox.ts";
import { requestOf } from "./send.ts";
import { halvesOf } from "./split.ts";
import type { Chunk } from "./split.ts";

/** An outbox, and the chunks that it or its owner still had. */
export interface Remainder {
  readonly outbox: Outbox;
  readonly chunks: readonly Chunk[];
}

/**
 * Sends while the caller waits, at most until the deadline once the thread runs. The event loop of an exiting process would
 * never read an answer, so a thread sends. Each chunk is tried once, and again only if the receiver names a time before the
 * deadline.
 * @param isLast counts what was not answered as lost; else it goes back to its outbox.
 */
export function sendNow(remainders: readonly Remainder[], deadlineMs: number, isLast: boolean): void {
  const all = remainders.flatMap(({ outbox, chunks }) => chunks.map((chunk) => ({ outbox, chunk })));
  if (all.length === 0) return;
  let thread: Thread | undefined;
  try {
    thread = startThread();
    if (!thread.isReady(deadlineMs)) throw Object.assign(new Error("no thread in time"), { code: "ERR_WORKER_LATE" });
    new Work(thread, deadlineMs, isLast).run(all);
  } catch (error) {
    const { code = "ERR_WORKER_INIT_FAILED", message } = error as NodeJS.ErrnoException;
    const answer: Answer = { kind: "failed", code, message, connected: false, reused: false, isLasting: false };
    for (const { outbox, chunk } of all) outbox.settle(chunk, answer, isLast);
  } finally {
    thread?.end();
  }
}

interface Shipment {
  readonly outbox: Outbox;
  readonly chunk: Chunk;
  /** The receiver's earlier answer: to the request of which this is a half, or to an earlier try. */
  readonly before?: Answer;
}

/** A request as the thread gets it. */
interface Order {
  readonly id: number;
  readonly delayMs: number;
  readonly request: Exchange;
  readonly proxy: Endpoint["proxy"];
}

class Work {
  readonly #thread: Thread;
  readonly #end: number;
  readonly #deadlineMs: number;
  readonly #isLast: boolean;
  readonly #open = new Map<number, Shipment>();
  #count = 0;

  constructor(thread: Thread, deadlineMs: number, isLast: boolean) {
    this.#thread = thread;
    this.#deadlineMs = deadlineMs;
    this.#isLast = isLast;
    this.#end = elapsedMs() + deadlineMs;
  }

  run(all: readonly Shipment[]): void {
    for (const each of all) this.#put(each);
    while (this.#open.size > 0 && this.#leftMs() > 0)
      for (const [id, reply] of this.#thread.wait(this.#leftMs())) this.#take(id, answerOf(reply));
    for (const shipment of this.#open.values()) this.#settle(shipment, this.#silence());
  }

  #leftMs(): number {
    return this.#end - elapsedMs();
  }

  #put(shipment: Shipment, delayMs = 0): void {
    const { outbox, chunk } = shipment;
    const id = this.#count++;
    this.#open.set(id, shipment);
    const { url, options, body } = requestOf(outbox.endpoint, chunk.body);
    // Ends a little before the caller stops waiting, so that the thread's last result still arrives.
    const timeoutMs = Math.max(100, this.#leftMs() - delayMs - 100);
    this.#thread.post({ id, delayMs, request: { url, options, body, timeoutMs }, proxy: outbox.endpoint.proxy });
  }

  #take(id: number, answer: Answer): void {
    const shipment = this.#open.get(id);
    if (shipment === undefined) return;
    this.#open.delete(id);
    const { outbox, chunk } = shipment;
    const halves =
      answer.kind === "refused" && answer.status === 413 ? halvesOf(chunk, outbox.endpoint.encoding) : undefined;
    if (halves !== undefined) for (const half of halves) this.#put({ outbox, chunk: half, before: answer });
    else if (answer.kind === "busy" && answer.afterMs !== undefined && answer.afterMs < this.#leftMs())
      this.#put({ ...shipment, before: answer }, answer.afterMs);
    else {
      this.#settle(shipment, answer.kind === "failed" && answer.code === "ETIMEDOUT" ? this.#silence(answer) : answer);
      // A report of what was lost, now that the receiver takes something.
      if (answer.kind === "accepted") for (const each of outbox.take()) this.#put({ outbox, chunk: each });
    }
  }

  /** After a timeout an earlier answer is more informative than the timeout. */
  #settle({ outbox, chunk, before }: Shipment, answer: Answer): void {
    const isSilent = answer.kind === "failed" && answer.code === "ETIMEDOUT";
    outbox.settle(chunk, isSilent && before !== undefined ? before : answer, this.#isLast);
  }

  #silence({ connected }: { readonly connected: boolean } = { connected: true }): Answer {
    const said = { code: "ETIMEDOUT", message: "no answer in time", waitedMs: this.#deadlineMs };
    return { kind: "failed", ...said, connected, reused: false, isLasting: false };
  }
}

interface Thread {
  post(order: Order): void;
  /** The replies since the last call; waits up to `ms` for the first. */
  wait(ms: number): readonly (readonly [id: number, reply: Reply])[];
  /** Waits up to `ms` for the thread to run. */
  isReady(ms: number): boolean;
  end(): void;
}

/** @throws Error where no thread may start. */
function startThread(): Thread {
  const { MessageChannel, Worker, receiveMessageOnPort } = process.getBuiltinModule("node:worker_threads");
  const { port1: port, port2: other } = new MessageChannel();
  // How many messages the thread has sent; the first says that it runs.
  const sent = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(`(${inThread.toString()})(require, ${exchangeText()})`, {
    eval: true,
    execArgv: [],
    env: {},
    workerData: { port: other, sent },
    transferList: [other],
  });
  worker.on("error", () => undefined);
  worker.unref();
  port.unref();
  let heard = 0;
  return {
    post: (order) => port.postMessage(order),
    wait(ms) {
      Atomics.wait(sent, 0, heard, ms);
      heard = Atomics.load(sent, 0);
      const replies: [number, Reply][] = [];
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
        replies.push(next.message as [number, Reply]);
      return replies;
    },
    isReady(ms) {
      Atomics.wait(sent, 0, 0, ms);
      heard = Atomics.load(sent, 0);
      return heard > 0;
    },
    end: () => port.close(),
  };
}

type Make = typeof exchange;

/** Runs in the thread, from its source text: it can use only its arguments. */
function inThread(require: NodeJS.Require, exchange: Make): void {
  const clock = require("node:timers") as typeof timers;
  const { port, sent } = (require("node:worker_threads") as typeof threads).workerData as {
    port: threads.MessagePort;
    sent: Int32Array<SharedArrayBuffer>;
  };
  const say = (): void => {
    Atomics.add(sent, 0, 1);
    Atomics.notify(sent, 0);
  };
  const send = async (id: number, reply: Promise<Reply>): Promise<void> => {
    port.postMessage([id, await reply]);
    say();
  };
  port.on("message", ({ id, delayMs, request, proxy }: Order) => {
    const client = require(/^https:/i.test(request.url) ? "node:https" : "node:http") as typeof http;
    const agent = new client.Agent({ ...(proxy && { proxyEnv: proxy }) });
    clock.setTimeout(() => {
      void send(id, exchange(client, clock, { ...request, options: { ...request.options, agent } }));
    }, delayMs);
  });
  say();
}
