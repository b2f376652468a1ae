import { z } from "zod";
import type { Answer } from "./answer.ts";
import type { Destination } from "./destination.ts";
import type { Signal } from "./header.ts";
import type { Sample } from "./sample.ts";

/** How long a backend may take to answer. */
const answerMs = 60_000;

/** How the Collector passes on what an exporter said. */
const refusalShape = z.object({ message: z.string() });

/** Sends the test job to a port of the Collector, which answers what the exporter was told. */
export async function post(port: number, signal: Signal, sample: Sample): Promise<Answer> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: sample.request(signal, "json"),
      signal: AbortSignal.timeout(answerMs),
    });
    const text = await response.text();
    return response.ok ? { isTaken: true, said: "" } : refusal(text);
  } catch {
    return { isTaken: false, said: `there was no answer within ${answerMs / 1000} s` };
  }
}

/** The Collector's own status says little; the exporter's text says what the backend answered. */
function refusal(text: string): Answer {
  const message = refusalShape.safeParse(parsed(text)).data?.message ?? text;
  const match = /^(.*?)\bHTTP(?: status)?(?: code)? (\d{3})\b[ ,;]*(.*)$/is.exec(message);
  if (match === null) return { isTaken: false, said: message };
  const [, before = "", status, after = ""] = match;
  // What otlp_http read of the answer.
  const said = after.replace(/^Message=(.*), Details=\[\]$/s, "$1");
  const [address] = /https?:\/\/\S+/.exec(before) ?? [];
  return { isTaken: false, status: Number(status), said, ...(address !== undefined && { address }) };
}

/** What the log says of an answer that took only a part: the exporter itself goes on as if all were well. */
const partShape = z
  .object({
    "otelcol.component.id": z.string(),
    message: z.string().default(""),
    dropped_log_records: z.number().default(0),
    dropped_spans: z.number().default(0),
    dropped_data_points: z.number().default(0),
  })
  .transform(({ "otelcol.component.id": id, message, ...dropped }) => ({
    id,
    message,
    dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
  }));

/** How many were not taken, as the Collector's log tells it; nothing where all were. */
export function partlyTaken(log: string, destination: Destination | undefined): Partial<Answer> {
  const parts = [...log.matchAll(/Partial success response\s+(\{.*\})/g)].map(([, text = ""]) =>
    partShape.safeParse(parsed(text)),
  );
  const part = parts.find(
    ({ data }) => data !== undefined && data.dropped > 0 && destination?.exporters.includes(data.id),
  )?.data;
  return part === undefined ? {} : { isTaken: false, dropped: part.dropped, said: part.message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
