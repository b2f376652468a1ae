import { short } from "./answer.ts";
import type { Answer, Sent } from "./answer.ts";
import { at, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import type { Destination } from "./destination.ts";
import { headersOf } from "./headers.ts";
import { sampleFrom } from "./sample.ts";
import type { Sample } from "./sample.ts";
import { redactor } from "./secret.ts";
import type { Stack } from "./stack.ts";
import { expanded } from "./variable.ts";
import type { Environment } from "./variable.ts";

const answerMs = 30_000;

/** A body that says that all was taken. */
const nothingSaid = /^\{\s*("partialSuccess":\s*\{\s*\})?\s*\}$/;

/**
 * Sends a test job without a Collector, as the exporters would. That is possible for records of the log over OTLP/HTTP
 * where a header is all that says who sends.
 */
export async function sendDirectly(
  { config }: Stack,
  destinations: readonly Destination[],
  env: Environment,
): Promise<Sent> {
  const sample = sampleFrom(Date.now());
  return { uid: sample.uid, answers: await Promise.all(destinations.map((each) => sendTo(each, config, sample, env))) };
}

async function sendTo(
  { signal, exporters }: Destination,
  config: Config,
  sample: Sample,
  env: Environment,
): Promise<Answer | string> {
  const [id = ""] = exporters;
  const settings = config.exporters[id];
  const headers = headersOf(settings, config, env);
  if (signal !== "logs" || typeOf(id) !== "otlp_http" || at(settings, ["tls"]) !== undefined || headers === undefined)
    return `${id} needs a Collector to be tried: name one with --otelcol.`;
  const encoding = at(settings, ["encoding"]) === "json" ? "json" : "protobuf";
  const redact = redactor(config, env);
  const address = addressOf(settings, env);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { ...headers, "content-type": encoding === "json" ? "application/json" : "application/x-protobuf" },
      body: sample.request(signal, encoding),
      signal: AbortSignal.timeout(answerMs),
    });
    const text = await response.text();
    const said = short(redact(text)).replace(nothingSaid, "");
    const answer = { isTaken: response.ok, status: response.status, address: redact(address), said };
    const [, dropped = 0] = /"rejectedLogRecords":\s*"?(\d+)/.exec(text) ?? [];
    return Number(dropped) > 0 ? { ...answer, isTaken: false, dropped: Number(dropped) } : answer;
  } catch (error) {
    const { cause = error } = error as Error;
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    return { isTaken: false, said: short(redact(reason)) };
  }
}

function addressOf(settings: unknown, env: Environment): string {
  const [own, shared] = ["logs_endpoint", "endpoint"].map((key) => at(settings, [key]));
  return typeof own === "string" ? expanded(own, env) : `${expanded(String(shared), env).replace(/\/+$/, "")}/v1/logs`;
}
