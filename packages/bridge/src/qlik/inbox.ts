import { createHmac, timingSafeEqual } from "node:crypto";
import timers from "node:timers";
import type { Clock } from "../pace.ts";
import type { Incoming, Outgoing } from "../source.ts";

/** An event that arrived, and its sender, who waits for an answer. */
export interface Arrived {
  readonly text: string;
  readonly answer: (outgoing: Outgoing) => void;
}

/** Events that webhooks delivered, until the receiver has acknowledged their records. */
export interface Inbox {
  /** Takes a request; resolves when its record is acknowledged, or when that takes too long. */
  receive(request: Incoming): Promise<Outgoing>;
  /** Takes out what has arrived. */
  take(most: number): readonly Arrived[];
  /** Waits until something arrives, at most for so long. */
  wait(ms: number, stop: AbortSignal): Promise<void>;
  /** Somebody reads from now on. */
  open(): void;
  /** Nobody reads: whoever waits is asked to deliver again. */
  shut(): void;
}

const later: Outgoing = { status: 503, text: "the record is not acknowledged yet: deliver it again later" };

/** How long a sender waits for an answer. */
const patienceMs = 20_000;

/** An inbox for one webhook. Without a secret it takes nothing. */
export function inboxOf(secret: string | undefined, clock: Clock): Inbox {
  const waiting: Arrived[] = [];
  const open = new Set<(outgoing: Outgoing) => void>();
  let [isOpen, look] = [false, (): void => undefined];
  return {
    async receive({ headers, body }) {
      const fault = faultOf(secret, headers["qlik-signature"], body);
      if (fault !== undefined) return fault;
      if (!isOpen) return later;
      return new Promise((resolve) => {
        const answer = (outgoing: Outgoing): void => {
          timers.clearTimeout(timer);
          open.delete(answer);
          resolve(outgoing);
        };
        const timer = timers.setTimeout(() => answer(later), patienceMs);
        timer.unref();
        open.add(answer);
        waiting.push({ text: body.toString(), answer });
        look();
      });
    },
    take: (most) => waiting.splice(0, most),
    async wait(ms, stop) {
      if (waiting.length > 0) return;
      const over = new AbortController();
      const arrived = new Promise<void>((resolve) => void (look = resolve));
      await Promise.race([arrived, clock.wait(ms, AbortSignal.any([stop, over.signal]))]);
      over.abort();
    },
    open: () => void (isOpen = true),
    shut() {
      isOpen = false;
      waiting.length = 0;
      for (const answer of open) answer(later);
    },
  };
}

/** Whether a request is none of the webhook's, by the signature of its raw body. */
function faultOf(
  secret: string | undefined,
  signature: Incoming["headers"][string],
  body: Buffer,
): Outgoing | undefined {
  if (secret === undefined) return { status: 404, text: "not found" };
  if (typeof signature !== "string" || body.length === 0)
    return { status: 400, text: "the header Qlik-Signature or the body is missing" };
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(/^[\da-f]{64}$/i.test(signature) ? signature : "", "hex");
  const isRight = given.length === expected.length && timingSafeEqual(given, expected);
  return isRight ? undefined : { status: 401, text: "the signature is not that of the body" };
}
