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
}

/** No answer that settles a request. */
export type Unsettled = Exclude<Answer, Accepted | { kind: "refused" }>;

/** A part of a request, and what became of it. */
export interface Part {
  readonly chunk: Chunk;
  readonly answer: Answer;
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
async function sendPatiently(body: Uint8Array, { send, patienceMs, waits }: Delivery): Promise<Answer> {
  const end = elapsedMs() + patienceMs;
  for (let tried = 0; ; tried++) {
    const answer = await send(body);
    if (answer.kind === "accepted" || answer.kind === "refused") return answer;
    const askedMs = answer.kind === "busy" ? answer.afterMs : undefined;
    const waitMs = askedMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** tried);
    if ((answer.kind === "failed" && answer.isLasting) || elapsedMs() + waitMs > end) return answer;
    waits?.(answer);
    await setTimeout(waitMs);
  }
}
