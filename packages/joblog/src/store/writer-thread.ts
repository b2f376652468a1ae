import { Worker } from "node:worker_threads";
import { StoreError, unwritable } from "../errors.ts";
import { openingId } from "./protocol.ts";
import type { WriterAnswer, WriterMethod, WriterMethods } from "./protocol.ts";

/** The source and what is built of it lie side by side under the same name. */
const entry = new URL(`./thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** The thread takes none of the host's flags: what they load belongs to the host. */
const execArgv = import.meta.url.endsWith(".ts") ? ["--conditions=@jobtrail/source"] : [];

/** The largest request needs less; without a limit the thread collects its garbage only when the machine is short of memory. */
const resourceLimits = { maxOldGenerationSizeMb: 384 };

/** A thread that writes to one folder. One that ends unexpectedly is started again with the next request. */
export class WriterThread {
  readonly #folder: string;
  readonly #onChange: (uids: readonly string[]) => void;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Promise<Worker> | undefined;
  #lastId = openingId;
  #isClosed = false;

  /** @param onChange is called with the jobs that changed. */
  constructor(folder: string, onChange: (uids: readonly string[]) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /**
   * Starts the thread.
   * @throws StoreError where the store cannot be opened.
   */
  async open(): Promise<void> {
    await (this.#worker ??= this.#start());
  }

  /** Asks the thread to do something. */
  async call<Name extends WriterMethod>(
    name: Name,
    ...given: Parameters<WriterMethods[Name]>
  ): Promise<ReturnType<WriterMethods[Name]>> {
    if (this.#isClosed) throw unwritable("the store was closed.");
    const worker = await (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    const answered = this.#expect(id, worker);
    worker.postMessage({ id, name, given }, given.flatMap(buffersOf));
    return (await answered) as ReturnType<WriterMethods[Name]>;
  }

  /** Ends the thread, after it has done what it was asked. Later calls fail. */
  async close(): Promise<void> {
    const started = this.#worker;
    if (this.#isClosed || started === undefined) return;
    const worker = await started;
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    const closed = this.call("close");
    this.#isClosed = true;
    await closed;
    worker.ref();
    await exited;
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(entry, { workerData: { folder: this.#folder }, execArgv, resourceLimits });
    const opened = this.#expect(openingId, worker);
    let reason: unknown;
    worker.on("message", (answer: WriterAnswer) => this.#settle(answer, worker));
    worker.once("error", (cause: unknown) => {
      reason = cause;
    });
    worker.once("exit", () => this.#ended(reason));
    try {
      await opened;
    } catch (cause) {
      this.#worker = undefined;
      await worker.terminate();
      throw cause;
    }
    return worker;
  }

  /** A thread that has nothing to do keeps no process alive. */
  #expect(id: number, worker: Worker): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#pending.set(id, waiting);
    worker.ref();
    return waiting.promise;
  }

  #settle({ id, result, changed = [], error }: WriterAnswer, worker: Worker): void {
    // Before whoever asked goes on, so that he finds what he has changed.
    if (changed.length > 0) this.#onChange(changed);
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) worker.unref();
    if (error !== undefined) waiting?.reject(errorOf(error));
    else waiting?.resolve(result);
  }

  #ended(reason: unknown): void {
    this.#worker = undefined;
    const why = reason instanceof Error ? `: ${reason.message}` : "";
    for (const waiting of this.#pending.values())
      waiting.reject(unwritable(`the thread that writes ended unexpectedly${why}; it is started again.`, reason));
    this.#pending.clear();
  }
}

/** The memory of a request's body, which goes to the thread instead of being copied; not that which other bodies share. */
const buffersOf = (given: unknown): ArrayBuffer[] => {
  const body = typeof given === "object" && given !== null && "body" in given ? given.body : undefined;
  return body instanceof Uint8Array && body.buffer instanceof ArrayBuffer && body.byteLength === body.buffer.byteLength
    ? [body.buffer]
    : [];
};

const errorOf = ({ code, message }: NonNullable<WriterAnswer["error"]>): Error =>
  code === undefined ? new Error(message) : new StoreError(code, message);
