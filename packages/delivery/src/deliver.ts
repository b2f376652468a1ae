import timers from "node:timers/promises";
import { elapsedMs } from "@jobtrail/core/clock";
import type { Accepted, Answer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Send } from "./send.ts";
import { halvesOf } from "./split.ts";
import type { Chunk } from "./split.ts";

const { setTimeout } = timers;

/** How a request is brought to its receiver by someone who waits for it. */
export interface Delivery {
  readonly endpoint: Pick<Endpoint, "encoding">;
  readonly send: Send;
  /** For how long a receiver that is busy or away is tried again, in milliseconds. */
  readonly patienceMs: number;
  /** Is told before each further try why the last one came to nothing. */
  readonly waits?: (answer: Unsettled) => void;
  /** The statuses after which each half of a request is tried; by default 413, too large. */
  readonly halvedAt?: readonly number[];
  /** Ends the waiting between two tries. */
  readonly stop?: AbortSignal;
}

/** No answer that settles a request. */
export type Unsettled = Exclude<Answer, Accepted | { kind: "refused" }>;

/** A part of a request, and what became of it. */
export interface Part {
  readonly chunk: Chunk;
  readonly answer: Answer;
}

/** A refusal with one of these may be of what was sent, and not of who sent it or where to: halves show which it is. */
export const ofItems: readonly number[] = [400, 413, 422];

/** So many single items refused before any was taken: it is not the items. */
const hopeless = 3;

/** What a part means for the work: it is done with, its items are refused, or nothing more can be sent. */
export type Verdict = "accepted" | "refused" | "stopped";

/** Judges the parts of one piece of work in turn: a receiver that refuses whatever it is given ends it. */
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
 * Sends a request, in parts where the receiver does not take it whole. A part that is busy or failed has used up the
 * patience. Whoever stops reading ends it.
 */
export async function* deliver(chunk: Chunk, delivery: Delivery): AsyncGenerator<Part> {
  const answer = await sendPatiently(chunk.body, delivery);
  const { halvedAt = [413], endpoint } = delivery;
  const isHalved = answer.kind === "refused" && halvedAt.includes(answer.status);
  const halves = isHalved ? halvesOf(chunk, endpoint.encoding) : undefined;
  if (halves === undefined) yield { chunk, answer };
  else for (const half of halves) yield* deliver(half, delivery);
}

/** Tries again while the receiver may yet take it, and no longer than is allowed. */
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
