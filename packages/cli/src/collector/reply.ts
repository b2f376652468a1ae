import type { Accepted, Answer } from "@jobtrail/delivery";
import { z } from "zod";
import type { Outcome } from "./answer.ts";
import type { Destination } from "./destination.ts";
import type { Signal } from "./header.ts";
import type { Sample } from "./sample.ts";
import { addressIn, answerIn } from "./exporter-message.ts";

/** How long a backend may take to answer. */
const answerMs = 60_000;

/** How the Collector passes on an exporter's message. */
const refusalShape = z.object({ message: z.string() });

/** Sends the test job to a port of the Collector, which answers with the exporter's result. */
export async function post(port: number, signal: Signal, sample: Sample, url: string): Promise<Outcome> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: sample.request(signal, "json"),
      signal: AbortSignal.timeout(answerMs),
    });
    const text = await response.text();
    return response.ok ? { answer: all, endpoint: { url } } : refusal(text, url);
  } catch {
    return { answer: silence, endpoint: { url } };
  }
}

const all: Accepted = { kind: "accepted", rejected: 0, message: "" };

const silence: Answer = {
  kind: "failed",
  code: "ETIMEDOUT",
  message: "no answer in time",
  connected: true,
  reused: false,
  isLasting: false,
  waitedMs: answerMs,
};

/** Reads the exporter's message, which holds the backend's answer; the Collector's own status does not. */
function refusal(text: string, url: string): Outcome {
  const said = refusalShape.safeParse(parsed(text)).data?.message ?? text;
  const answer = answerIn(said);
  return { said, endpoint: { url: addressIn(said) ?? url }, ...(answer !== undefined && { answer }) };
}

/** A log line about a partial success: the exporter itself reports a success. */
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
    rejected: Object.values(dropped).reduce((sum, count) => sum + count, 0),
  }));

/** The partial success in the Collector's log; undefined if the backend accepted everything. */
export function partlyTaken(log: string, destination: Destination | undefined): Accepted | undefined {
  const parts = [...log.matchAll(/Partial success response\s+(\{.*\})/g)].map(([, text = ""]) =>
    partShape.safeParse(parsed(text)),
  );
  const part = parts.find(
    ({ data }) => data !== undefined && data.rejected > 0 && destination?.exporters.includes(data.id),
  )?.data;
  return part && { kind: "accepted", rejected: part.rejected, message: part.message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
