/** The thread that writes: it takes one request after the other, so that whoever reads never waits for a writer. */
import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import { Database } from "./database.ts";
import { openWriter } from "./open.ts";
import { openingId } from "./protocol.ts";
import type { WriterAnswer, WriterCall } from "./protocol.ts";
import type { Writer } from "./writer.ts";

const port = parentPort;
const answer = (given: WriterAnswer): void => port?.postMessage(given);

/** Calls a method with what it was given; the type of a call says that both belong together. */
const call = (writer: Writer, { name, given }: WriterCall): unknown =>
  (writer[name] as (...all: readonly unknown[]) => unknown).apply(writer, given);

function answered(id: number, work: () => { readonly result?: unknown; readonly change?: number }): void {
  try {
    answer({ id, ...work() });
  } catch (cause) {
    const error =
      cause instanceof StoreError
        ? { code: cause.code, message: cause.message.slice(cause.code.length + 2) }
        : { message: cause instanceof Error ? cause.message : String(cause) };
    answer({ id, error });
  }
}

answered(openingId, () => {
  const writer = openWriter(new Database((workerData as { readonly path: string }).path));
  port?.on("message", (asked: WriterCall) => {
    answered(asked.id, () => {
      const result = call(writer, asked);
      return asked.name === "close" ? {} : { result, change: writer.change };
    });
    if (asked.name === "close") port.close();
  });
  return { change: writer.change };
});
