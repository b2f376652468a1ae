/** The thread that writes: it takes one request after the other, so that whoever reads never waits for a writer. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import { callsOf } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { openWriter } from "./open.ts";
import { openingId } from "./protocol.ts";
import type { WriterAnswer, WriterCall } from "./protocol.ts";

/** Requests that wait are kept together, up to so many and so many bytes. */
const together = { requests: 16, bytes: 8 * 1024 * 1024 };

const port = parentPort;
const answer = (given: WriterAnswer): void => port?.postMessage(given);

/** Calls a method with what it was given; the type of a call says that both belong together. */
const call = (calls: Calls, { name, given }: WriterCall): unknown =>
  (calls[name] as (...all: readonly unknown[]) => unknown).apply(calls, given);

function answered(ids: readonly number[], work: () => readonly WriterAnswer[]): void {
  try {
    for (const each of work()) answer(each);
  } catch (cause) {
    const error =
      cause instanceof StoreError
        ? { code: cause.code, message: cause.message.slice(cause.code.length + 2) }
        : { message: cause instanceof Error ? cause.message : String(cause) };
    for (const id of ids) answer({ id, error });
  }
}

type AppendCall = Extract<WriterCall, { readonly name: "append" }>;

function append(calls: Calls, asked: readonly AppendCall[]): void {
  answered(
    asked.map(({ id }) => id),
    () => {
      const results = calls.appendAll(asked.map(({ given: [batch] }) => batch));
      const changed = calls.changed();
      // Whoever asks next sees what changed: the last answer comes after all of it is known.
      return asked.map(({ id }, i) => ({ id, result: results[i], ...(i === 0 && { changed }) }));
    },
  );
}

/** The requests that wait by now; the first that is no append ends them. */
function waiting(first: AppendCall): {
  readonly appends: readonly AppendCall[];
  readonly other: WriterCall | undefined;
} {
  const appends = [first];
  let bytes = first.given[0].body.byteLength;
  while (port !== null && appends.length < together.requests && bytes < together.bytes) {
    const next = receiveMessageOnPort(port);
    if (next === undefined) break;
    const asked = next.message as WriterCall;
    if (asked.name !== "append") return { appends, other: asked };
    appends.push(asked);
    bytes += asked.given[0].body.byteLength;
  }
  return { appends, other: undefined };
}

function take(calls: Calls, asked: WriterCall): void {
  if (asked.name === "append") {
    const { appends, other } = waiting(asked);
    append(calls, appends);
    if (other !== undefined) take(calls, other);
    return;
  }
  answered([asked.id], () => {
    const result = call(calls, asked);
    return [{ id: asked.id, ...(asked.name !== "close" && { result, changed: calls.changed() }) }];
  });
  if (asked.name === "close") port?.close();
}

answered([openingId], () => {
  const calls = callsOf(openWriter((workerData as { readonly folder: string }).folder));
  calls.changed();
  port?.on("message", (asked: WriterCall) => take(calls, asked));
  return [{ id: openingId }];
});
