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

/** An outbox, and what it or its owner still had. */
export interface Remainder {
  readonly outbox: Outbox;
  readonly chunks: readonly Chunk[];
}

/**
 * Sends while the caller waits, for as long as is allowed. Where a process exits its own loop would never read an
 * answer, so a thread sends. Each chunk is tried once, and again only if the receiver names a time that is left.
 * @param isLast counts what was not answered as lost; else it goes back to its outbox.
 */
export function sendNow(remainders: readonly Remainder[], deadlineMs: number, isLast: boolean): void {
  const work = new Work(deadlineMs, isLast);
  for (const { outbox, chunks } of remainders) for (const chunk of chunks) work.put(outbox, chunk);
  work.run();
}

interface Shipment {
  readonly outbox: Outbox;
  readonly chunk: Chunk;
}

/** A request as the thread gets it. */
interface Order {
  readonly id: number;
  readonly delayMs: number;
  readonly request: Exchange;
  readonly proxy: Endpoint["proxy"];
}

class Work {
  readonly #end: number;
  readonly #deadlineMs: number;
  readonly #isLast: boolean;
  readonly #open = new Map<number, Shipment>();
  #thread: Thread | undefined;
  #error: string | undefined;
  #count = 0;

  constructor(deadlineMs: number, isLast: boolean) {
    this.#deadlineMs = deadlineMs;
    this.#isLast = isLast;
    this.#end = elapsedMs() + deadlineMs;
  }

  put(outbox: Outbox, chunk: Chunk, delayMs = 0): void {
    const id = this.#count++;
    this.#open.set(id, { outbox, chunk });
    const { url, options, body } = requestOf(outbox.endpoint, chunk.body);
    // A little earlier than the caller stops waiting, so that what the thread knows by then is heard.
    const timeoutMs = Math.max(100, this.#end - elapsedMs() - delayMs - 100);
    this.#started()?.post({ id, delayMs, request: { url, options, body, timeoutMs }, proxy: outbox.endpoint.proxy });
  }

  run(): void {
    while (this.#open.size > 0 && this.#thread !== undefined && elapsedMs() < this.#end)
      for (const [id, reply] of this.#thread.wait(this.#end - elapsedMs())) this.#take(id, answerOf(reply));
    for (const { outbox, chunk } of this.#open.values()) outbox.settle(chunk, this.#unanswered(), this.#isLast);
    this.#thread?.end();
  }

  #started(): Thread | undefined {
    try {
      this.#thread ??= this.#error === undefined ? startThread() : undefined;
    } catch (error) {
      this.#error = (error as NodeJS.ErrnoException).code ?? "ERR_WORKER_INIT_FAILED";
    }
    return this.#thread;
  }

  #unanswered(): Answer {
    const code = this.#error ?? (this.#thread?.isReady() === true ? "ETIMEDOUT" : "ERR_WORKER_LATE");
    const wait = code === "ETIMEDOUT" ? { waitedMs: this.#deadlineMs } : {};
    return { kind: "failed", code, message: code, connected: true, reused: false, isLasting: false, ...wait };
  }

  #take(id: number, answer: Answer): void {
    const shipment = this.#open.get(id);
    if (shipment === undefined) return;
    this.#open.delete(id);
    const { outbox, chunk } = shipment;
    const halves =
      answer.kind === "refused" && answer.status === 413 ? halvesOf(chunk, outbox.endpoint.encoding) : undefined;
    if (halves !== undefined) for (const half of halves) this.put(outbox, half);
    else if (answer.kind === "busy" && answer.afterMs !== undefined && answer.afterMs < this.#end - elapsedMs())
      this.put(outbox, chunk, answer.afterMs);
    else {
      outbox.settle(chunk, answer, this.#isLast);
      // A report of what was lost, now that the receiver takes something.
      if (answer.kind === "accepted") for (const each of outbox.take()) this.put(outbox, each);
    }
  }
}

interface Thread {
  post(order: Order): void;
  /** What came back since, waiting so long for the first. */
  wait(ms: number): readonly (readonly [id: number, reply: Reply])[];
  isReady(): boolean;
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
    isReady: () => Atomics.load(sent, 0) > 0,
    end: () => port.close(),
  };
}

type Make = typeof exchange;

/** Runs in the thread, from its text: it can use nothing but what it is given. */
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
