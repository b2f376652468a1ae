import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { z } from "zod";

/** Where requests go, with the headers that they need. */
export interface Target {
  /** `http://localhost:4318/v1/logs` */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For how long what may pass is tried again, in milliseconds. */
  readonly patienceMs: number;
  /** Is told once in a while why it takes long. */
  readonly waits: (why: string) => void;
}

/** What a receiver said: it took all but so many; or it will never take this; or it does not answer. */
export type Answer =
  | { readonly kind: "taken"; readonly rejected: number; readonly why: string }
  | { readonly kind: "refused"; readonly status: number; readonly why: string }
  | { readonly kind: "silent"; readonly why: string };

const deadlineMs = 60_000;
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** A server's own error may pass too: here nothing is lost by asking again. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

const answerShape = z.object({
  partialSuccess: z
    .object({
      rejectedLogRecords: z.union([z.string(), z.number()]).exactOptional(),
      errorMessage: z.string().exactOptional(),
    })
    .nullish(),
});

/** Sends one request, again and again while the receiver may yet take it. */
export async function deliver(body: string, to: Target): Promise<Answer> {
  const packed = gzipSync(body);
  const end = Date.now() + to.patienceMs;
  for (let tried = 0; ; tried++) {
    const { answer, waitMs } = await once(packed, to, tried);
    if (answer.kind === "taken" || waitMs === undefined || Date.now() + waitMs > end) return answer;
    to.waits(answer.why);
    await setTimeout(waitMs);
  }
}

interface Once {
  readonly answer: Answer;
  /** How long to wait before the next try; absent where another is of no use. */
  readonly waitMs?: number;
}

async function once(body: Uint8Array<ArrayBuffer>, { url, headers }: Target, tried: number): Promise<Once> {
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** tried);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "content-encoding": "gzip" },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await response.text();
    if (response.ok) return { answer: takenOf(text) };
    const answer: Answer = {
      kind: passing.has(response.status) ? "silent" : "refused",
      status: response.status,
      why: `it answered ${response.status} ${text.trim().slice(0, 300)}`.trim(),
    };
    if (answer.kind === "refused") return { answer };
    const askedMs = Number(response.headers.get("retry-after")) * 1000;
    return { answer, waitMs: askedMs > 0 ? askedMs : waitMs };
  } catch (cause) {
    return { answer: { kind: "silent", why: reasonOf(cause) }, waitMs };
  }
}

function takenOf(text: string): Answer {
  const { rejectedLogRecords = 0, errorMessage = "" } = answerOf(text)?.partialSuccess ?? {};
  return { kind: "taken", rejected: Number(rejectedLogRecords), why: errorMessage };
}

function answerOf(text: string): z.infer<typeof answerShape> | undefined {
  try {
    return answerShape.safeParse(JSON.parse(text)).data;
  } catch {
    // A receiver may say nothing, or say it in its own words: it took the request all the same.
    return undefined;
  }
}

function reasonOf(cause: unknown): string {
  const { cause: inner = cause } = cause as Error;
  if (!(inner instanceof Error)) return String(inner);
  return inner.name === "TimeoutError" ? `no answer within ${deadlineMs / 1000} s` : inner.message || inner.name;
}
