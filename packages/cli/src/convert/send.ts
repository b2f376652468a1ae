import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { Output } from "./output.ts";
import type { Written } from "./target.ts";

/** How often a request is tried again, and how long is waited before the first time. */
const retries = 5;
const firstWaitMs = 250;
const longestWaitMs = 30_000;
const deadlineMs = 30_000;

/** What may be over in a moment, as OTLP says it. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What was sent did not arrive. */
export class SendError extends Error {
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`JOBTRAIL_SEND_FAILED: ${url}: ${reason}; what was sent before has arrived.`, options);
    this.name = "SendError";
  }
}

const answerShape = z.object({
  partialSuccess: z
    .object({
      rejectedLogRecords: z.union([z.string(), z.number()]).exactOptional(),
      errorMessage: z.string().exactOptional(),
    })
    .nullish(),
});

/**
 * Sends requests of OTLP to an endpoint, `http://localhost:4318` for a job log on this machine, each after the one before.
 * @param refused is told how many records the receiver did not take, and why.
 */
export function sender(endpoint: string, refused: (count: number, why: string) => void): Output {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/logs`;
  let waiting: Written[] = [];
  const flush = async (): Promise<void> => {
    const requests = waiting;
    waiting = [];
    for (const { text } of requests) {
      const answer = answerShape.safeParse(await send(url, text));
      const { rejectedLogRecords = 0, errorMessage = "" } = answer.data?.partialSuccess ?? {};
      if (Number(rejectedLogRecords) > 0) refused(Number(rejectedLogRecords), errorMessage);
    }
  };
  return { put: (written) => void waiting.push(written), flush, finish: flush, [Symbol.dispose]: () => undefined };
}

async function send(url: string, body: string): Promise<unknown> {
  for (let tried = 0; ; tried++) {
    const response = await post(url, body, tried === retries);
    if (response?.ok === true) return response.json().catch(() => undefined);
    if (response !== undefined && (tried === retries || !passing.has(response.status)))
      throw new SendError(url, `it answered ${response.status} ${(await response.text()).slice(0, 200)}`);
    const asked = Number(response?.headers.get("retry-after")) * 1000;
    await setTimeout(Math.min(longestWaitMs, asked > 0 ? asked : firstWaitMs * 2 ** tried));
  }
}

async function post(url: string, body: string, isLast: boolean): Promise<Response | undefined> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { ...headersIn(process.env["OTEL_EXPORTER_OTLP_HEADERS"]), "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(deadlineMs),
    });
  } catch (cause) {
    if (!isLast) return undefined;
    const { cause: inner = cause } = cause as Error;
    throw new SendError(url, inner instanceof Error ? inner.message || inner.name : String(inner), { cause });
  }
}

/** `name=value` pairs, values percent-encoded, as OpenTelemetry's exporters read them. */
function headersIn(text = ""): Record<string, string> {
  const pairs = text.split(",").map((pair) => /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(pair));
  const headers: Record<string, string> = {};
  for (const [, name, value = ""] of pairs.filter((pair) => pair !== null)) if (name) headers[name] = valueOf(value);
  return headers;
}

function valueOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
