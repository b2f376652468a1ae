import { readFileSync } from "node:fs";
import { pairsIn } from "./service.ts";

/** What is sent apart. */
export type Signal = "traces" | "logs" | "metrics";

/** Where and how one signal is sent. Plain data: a thread can take it over. */
export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: "protobuf" | "json";
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** What is sent where. */
export interface Endpoints {
  /** Of the signals that are sent. */
  readonly sent: Readonly<Partial<Record<Signal, Endpoint>>>;
  /** What was asked for and does not happen, each in one line that says what to do. */
  readonly warnings: readonly string[];
}

/** Reads `OTEL_*_EXPORTER` and `OTEL_EXPORTER_OTLP_*` for those signals; or why nothing is sent. */
export function endpointsIn(env: NodeJS.ProcessEnv, signals: readonly Signal[]): Endpoints | string {
  const sent: Partial<Record<Signal, Endpoint>> = {};
  const warnings: string[] = [];
  for (const signal of signals) {
    const { isSent, warning } = exportersIn(env, signal);
    if (warning !== undefined) warnings.push(warning);
    if (!isSent) continue;
    const endpoint = endpointOf(env, signal);
    if (typeof endpoint === "string") return endpoint;
    sent[signal] = endpoint;
  }
  return { sent, warnings };
}

/** Whether a signal is sent: its variable lists exporters, and each that is unknown concerns this signal alone. */
function exportersIn(env: NodeJS.ProcessEnv, signal: Signal): { readonly isSent: boolean; readonly warning?: string } {
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const kinds = (text(env, variable) ?? "otlp").split(",").map((kind) => kind.trim());
  const isSent = kinds.includes("otlp") && !kinds.includes("none");
  if (kinds.every((kind) => kind === "otlp" || kind === "none")) return { isSent };
  const outcome = isSent ? `sends ${signal} by otlp alone` : `sends no ${signal}`;
  return { isSent, warning: `${variable} is "${kinds.join()}": Jobtrail knows otlp and none, and ${outcome}.` };
}

function endpointOf(env: NodeJS.ProcessEnv, signal: Signal): Endpoint | string {
  const of = (name: string): string | undefined => text(env, variable(signal, name)) ?? text(env, variable("", name));
  const protocol = of("PROTOCOL") ?? "http/protobuf";
  const encoding = encodings.get(protocol);
  if (encoding === undefined)
    return `OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}", which Jobtrail does not speak, so it sends nothing. Use http/protobuf or http/json, with the port for OTLP over HTTP (usually 4318).`;
  const url = urlOf(env, signal);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    return `the endpoint for ${signal} is "${url}", which is no http or https URL, so nothing is sent. Set OTEL_EXPORTER_OTLP_ENDPOINT to such as http://localhost:4318.`;
  const timeoutMs = Number(of("TIMEOUT"));
  return {
    url,
    headers: { ...headersIn(env, ""), ...headersIn(env, signal) },
    encoding,
    gzip: of("COMPRESSION")?.toLowerCase() === "gzip",
    timeoutMs: timeoutMs > 0 && timeoutMs < 2 ** 31 ? timeoutMs : 10_000,
    tls: {
      ...file("ca", of("CERTIFICATE")),
      ...file("cert", of("CLIENT_CERTIFICATE")),
      ...file("key", of("CLIENT_KEY")),
    },
  };
}

const encodings: ReadonlyMap<string, Endpoint["encoding"]> = new Map([
  ["http/protobuf", "protobuf"],
  ["http/json", "json"],
]);

/** A signal's own endpoint is taken as it is; the common one is what the signal's path is added to. */
function urlOf(env: NodeJS.ProcessEnv, signal: Signal): string {
  const own = text(env, variable(signal, "ENDPOINT"));
  if (own !== undefined) return own;
  const common = text(env, variable("", "ENDPOINT")) ?? "http://localhost:4318";
  return `${common.replace(/\/$/, "")}/v1/${signal}`;
}

function headersIn(env: NodeJS.ProcessEnv, signal: Signal | ""): Record<string, string> {
  try {
    return Object.fromEntries(pairsIn(env[variable(signal, "HEADERS")]));
  } catch {
    return {};
  }
}

const variable = (signal: Signal | "", name: string): string =>
  signal === "" ? `OTEL_EXPORTER_OTLP_${name}` : `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`;

function text(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

/** @throws Error where a certificate is named that cannot be read: without it nothing would arrive. */
const file = <Name extends string>(name: Name, path: string | undefined): Partial<Record<Name, string>> =>
  path === undefined ? {} : ({ [name]: readFileSync(path, "utf8") } as Record<Name, string>);
