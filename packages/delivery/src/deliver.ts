import timers from "node:timers/promises";
import { elapsedMs } from "@jobtrail/core/clock";
import type { Accepted, Answer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Send } from "./send.ts";
import { halvesOf } from "./split.ts";
import type { Chunk } from "./split.ts";

const { setTimeout } = timers;

/** How a request is delivered by a caller that waits. */
export interface Delivery {
  readonly endpoint: Pick<Endpoint, "encoding">;
  readonly send: Send;
  /** How long a busy or silent receiver is retried, in milliseconds. */
  readonly patienceMs: number;
  /** Called before each retry with the reason of the last failure. */
  readonly waits?: (answer: Unsettled) => void;
  /** The statuses after which each half of a request is tried; by default 413, too large. */
  readonly halvedAt?: readonly number[];
  /** Ends the waiting between two tries. */
  readonly stop?: AbortSignal;
}

/** An answer after which the request is retried. */
export type Unsettled = Exclude<Answer, Accepted | { kind: "refused" }>;

/** A part of a request, and its result. */
export interface Part {
  readonly chunk: Chunk;
  readonly answer: Answer;
}

/** Statuses that may refuse single items rather than the sender or the address: halving shows which items. */
export const ofItems: readonly number[] = [400, 413, 422];

/** After so many refusals without an acceptance the fault is not in the items. */
const hopeless = 3;

/** The verdict on a part: it is delivered, its items are refused, or sending must stop. */
export type Verdict = "accepted" | "refused" | "stopped";

/** Judges the parts of one transfer in turn: a receiver that refuses everything stops it. */
export function judge(): (answer: Answer) => Verdict {
  let [accepted, refused] = [0, 0];
  return (answer) => {
    if (answer.kind === "accepted") accepted++;
    else if (answer.kind !== "refused" || !ofItems.includes(answer.status)) return "stopped";
    else if (++refused >= hopeless && accepted === 0) return "stopped";
    return answer.kind;
  };
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;

/**
 * Sends a request, in halves if the receiver refuses it as too large. A part that is busy or failed has used up the
 * patience. The caller ends it by not reading on.
 */
export async function* deliver(chunk: Chunk, delivery: Delivery): AsyncGenerator<Part> {
  const answer = await sendPatiently(chunk.body, delivery);
  const { halvedAt = [413], endpoint } = delivery;
  const isHalved = answer.kind === "refused" && halvedAt.includes(answer.status);
  const halves = isHalved ? halvesOf(chunk, endpoint.encoding) : undefined;
  if (halves === undefined) yield { chunk, answer };
  else for (const half of halves) yield* deliver(half, delivery);
}

/** Retries until the receiver accepts or refuses the request, or the patience is used up. */
async function sendPatiently(body: Uint8Array, { send, patienceMs, waits, stop }: Delivery): Promise<Answer> {
  const end = elapsedMs() + patienceMs;
  for (let tried = 0; ; tried++) {
    const answer = await send(body);
    if (answer.kind === "accepted" || answer.kind === "refused") return answer;
    const askedMs = answer.kind === "busy" ? answer.afterMs : undefined;
    const waitMs = askedMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** tried);
    if ((answer.kind === "failed" && answer.isLasting) || elapsedMs() + waitMs > end) return answer;
    waits?.(answer);
    await setTimeout(waitMs, undefined, stop && { signal: stop }).catch(() => undefined);
    if (stop?.aborted === true) return answer;
  }
}
