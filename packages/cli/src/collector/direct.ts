import { addressFault, proxyIn, sendable, sender } from "@jobtrail/delivery";
import type { Endpoint } from "@jobtrail/delivery";
import type { Outcome, Sent } from "./answer.ts";
import { at, isOtlpHttp } from "./config.ts";
import type { Config } from "./config.ts";
import type { Destination } from "./destination.ts";
import { headersOf } from "./headers.ts";
import { sampleFrom } from "./sample.ts";
import type { Sample } from "./sample.ts";
import type { Stack } from "./stack.ts";
import { expanded } from "./variable.ts";
import type { Environment } from "./variable.ts";

const answerMs = 30_000;

/**
 * Sends a test job without a Collector, as the exporters would. This works for log records over OTLP/HTTP
 * that authenticate with a header alone.
 */
export async function sendDirectly(
  { config }: Stack,
  destinations: readonly Destination[],
  env: Environment,
): Promise<Sent> {
  const sample = sampleFrom(Date.now());
  return {
    uid: sample.uid,
    outcomes: await Promise.all(destinations.map((each) => sendTo(each, config, sample, env))),
  };
}

async function sendTo(
  destination: Destination,
  config: Config,
  sample: Sample,
  env: Environment,
): Promise<Outcome | string> {
  const {
    signal,
    exporters: [id = ""],
  } = destination;
  const settings = config.exporters[id];
  const given = headersOf(settings, config, env);
  if (signal !== "logs" || !isOtlpHttp(id) || at(settings, ["tls"]) !== undefined || given === undefined)
    return `${id} can be tested only through a Collector: name one with --otelcol.`;
  const url = urlOf(destination, config, env);
  const { headers, faults } = sendable(given);
  const fault = addressFault(url) ?? faults[0];
  if (fault !== undefined) return `${fault}.`;
  const encoding = at(settings, ["encoding"]) === "json" ? "json" : "protobuf";
  const endpoint: Endpoint = {
    url,
    headers,
    encoding,
    gzip: false,
    timeoutMs: answerMs,
    tls: {},
    ...proxyTo(url, env),
  };
  return { endpoint, answer: await sender(endpoint, { keepsAlive: true })(sample.request(signal, encoding)) };
}

/** Like Go, the Collector uses no proxy to its own machine. */
const proxyTo = (url: string, env: Environment): Pick<Endpoint, "proxy"> =>
  /^(localhost|127\..+|\[::1\])$/.test(new URL(url).hostname) ? {} : { proxy: proxyIn(env) };

/** The URL that an exporter sends a signal to; for protocols other than OTLP/HTTP it may be only a host. */
export function urlOf({ signal, exporters: [id = ""] }: Destination, config: Config, env: Environment): string {
  const [own, shared] = [`${signal}_endpoint`, "endpoint"].map((key) => at(config.exporters[id], [key]));
  if (typeof own === "string") return expanded(own, env);
  const base = expanded(typeof shared === "string" ? shared : "", env);
  return isOtlpHttp(id) ? `${base.replace(/\/+$/, "")}/v1/${signal}` : base;
}
