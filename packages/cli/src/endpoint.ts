import { errorLine } from "@jobtrail/conventions";
import { endpointIn, proxyIn, sender } from "@jobtrail/delivery";
import type { Delivery, Endpoint, Settings } from "@jobtrail/delivery";
import { catalogue } from "./errors.ts";

/** A setting that makes sending impossible, found before any work. The message is a code and a line. */
export class EndpointError extends Error {
  constructor(reason: string) {
    super(errorLine(catalogue, "JOBTRAIL_ENDPOINT_WRONG", { reason }));
    this.name = "EndpointError";
  }
}

/** Where a command sends log records, and how. */
export interface Receiver extends Delivery {
  readonly endpoint: Endpoint;
}

/** The names of the settings to change when something is wrong. */
export const settings: Settings = {
  address: "--endpoint",
  headers: "OTEL_EXPORTER_OTLP_HEADERS",
  keyExample: "authorization=Bearer%20abc",
  encoding:
    "`jobtrail collector resend` also sends protobuf (--encoding); other commands send JSON, which a Collector translates: jobtrail collector config --help.",
  certificate: "OTEL_EXPORTER_OTLP_CERTIFICATE",
};

/** A command can wait, and its requests are large. */
const defaults = { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip", OTEL_EXPORTER_OTLP_TIMEOUT: "60000" };

const json = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/json" };

/**
 * The receiver at an address, with headers, certificates, compression and timeout from `OTEL_EXPORTER_OTLP_*`, and
 * with the proxies of the environment. Requests to it are JSON unless another encoding is named.
 * @throws EndpointError if the settings make sending impossible.
 */
export function receiverAt(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  encoding: Endpoint["encoding"] = "json",
): Receiver {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const found = endpointIn({ ...defaults, ...given, ...json }, "logs", address);
  if (typeof found === "string") throw new EndpointError(found);
  const [fault] = found.faults;
  if (fault !== undefined) throw new EndpointError(`${fault}. Correct ${settings.headers}.`);
  const endpoint = { ...found.endpoint, encoding, proxy: proxyIn(env) };
  return { endpoint, send: sender(endpoint, { keepsAlive: true }), patienceMs: 0 };
}
