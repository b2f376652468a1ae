import { readFileSync } from "node:fs";
import { addressOf, addressFault } from "./address.ts";
import type { Signal } from "./address.ts";
import { headersIn, sendable } from "./header.ts";

/** Where and how one signal is sent. Plain data: a thread can take it over. */
export interface Endpoint {
  /** `http://localhost:4318/v1/logs` */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: "protobuf" | "json";
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** The variables that name a proxy (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`); absent where none is used. */
  readonly proxy?: Readonly<Record<string, string>>;
}

/** The endpoints of the signals. */
export interface Endpoints {
  /** Of the signals that are sent. */
  readonly sent: Readonly<Partial<Record<Signal, Endpoint>>>;
  /** Settings that could not be followed, each in one line that says what to do. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads `OTEL_*_EXPORTER` and `OTEL_EXPORTER_OTLP_*` for those signals; or why nothing is sent. */
export function endpointsIn(env: Environment, signals: readonly Signal[]): Endpoints | string {
  const sent: Partial<Record<Signal, Endpoint>> = {};
  const warnings = new Set<string>();
  for (const signal of signals) {
    const { isSent, warning } = exportersIn(env, signal);
    if (warning !== undefined) warnings.add(warning);
    if (!isSent) continue;
    const found = endpointIn(env, signal);
    if (typeof found === "string") return found;
    for (const each of found.faults) warnings.add(`${each} in OTEL_EXPORTER_OTLP_HEADERS, so it is left out.`);
    sent[signal] = found.endpoint;
  }
  return { sent, warnings: [...warnings] };
}

/** Whether a signal is sent: its variable lists exporters, and one that is unknown concerns this signal alone. */
function exportersIn(env: Environment, signal: Signal): { readonly isSent: boolean; readonly warning?: string } {
  const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const kinds = (text(env, name) ?? "otlp").split(",").map((kind) => kind.trim());
  const isSent = kinds.includes("otlp") && !kinds.includes("none");
  if (kinds.every((kind) => kind === "otlp" || kind === "none")) return { isSent };
  const outcome = isSent ? `sends ${signal} by otlp alone` : `sends no ${signal}`;
  return { isSent, warning: `${name} is "${kinds.join()}": Jobtrail knows otlp and none, and ${outcome}.` };
}

/** The result of reading one signal's variables. */
export interface Found {
  readonly endpoint: Endpoint;
  /** The faults of headers that are left out. */
  readonly faults: readonly string[];
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*` for one signal; or why nothing can be sent.
 * @param address is taken instead of what `OTEL_EXPORTER_OTLP_ENDPOINT` says.
 */
export function endpointIn(env: Environment, signal: Signal, address?: string): Found | string {
  const of = (name: string): string | undefined => text(env, variable(signal, name)) ?? text(env, variable("", name));
  const protocol = of("PROTOCOL") ?? "http/protobuf";
  const encoding = encodings.get(protocol);
  if (encoding === undefined)
    return `OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}", which Jobtrail does not support, so it sends nothing. Use http/protobuf or http/json, with the port for OTLP over HTTP (usually 4318).`;
  const { url, name, given } = urlIn(env, signal, address);
  const fault = addressFault(given);
  if (fault !== undefined) return `${name}: ${fault}. Nothing is sent.`;
  const { headers, faults } = sendable({ ...headersOf(env, ""), ...headersOf(env, signal) });
  const timeoutMs = Number(of("TIMEOUT"));
  const endpoint: Endpoint = {
    url,
    headers,
    encoding,
    gzip: of("COMPRESSION")?.toLowerCase() === "gzip",
    timeoutMs: timeoutMs > 0 && timeoutMs < 2 ** 31 ? timeoutMs : 10_000,
    tls: {
      ...file("ca", of("CERTIFICATE")),
      ...file("cert", of("CLIENT_CERTIFICATE")),
      ...file("key", of("CLIENT_KEY")),
    },
    // Node itself uses a proxy only if NODE_USE_ENV_PROXY is set; so does Jobtrail.
    ...(env["NODE_USE_ENV_PROXY"] === "1" && { proxy: proxyIn(env) }),
  };
  return { endpoint, faults };
}

/** The variables that name a proxy. */
export const proxyIn = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]): [string, string][] =>
      /^(https?|no)_proxy$/i.test(name) && value ? [[name, value]] : [],
    ),
  );

const encodings: ReadonlyMap<string, Endpoint["encoding"]> = new Map([
  ["http/protobuf", "protobuf"],
  ["http/json", "json"],
]);

interface Address {
  readonly url: string;
  /** What the user gave it by, and what he wrote. */
  readonly name: string;
  readonly given: string;
}

/** A signal's own endpoint is taken as it is; the signal's path is added to the common one. */
function urlIn(env: Environment, signal: Signal, address: string | undefined): Address {
  if (address !== undefined) return { url: addressOf(address, signal), name: "the endpoint", given: address };
  const [own, common] = [variable(signal, "ENDPOINT"), variable("", "ENDPOINT")];
  const one = text(env, own);
  if (one !== undefined) return { url: one, name: own, given: one };
  const given = text(env, common) ?? "http://localhost:4318";
  return { url: `${given.replace(/\/+$/, "")}/v1/${signal}`, name: common, given };
}

const headersOf = (env: Environment, signal: Signal | ""): Record<string, string> =>
  headersIn(text(env, variable(signal, "HEADERS")));

const variable = (signal: Signal | "", name: string): string =>
  signal === "" ? `OTEL_EXPORTER_OTLP_${name}` : `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`;

function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

/** @throws Error where a certificate is named that cannot be read: without it nothing would arrive. */
const file = <Name extends string>(name: Name, path: string | undefined): Partial<Record<Name, string>> =>
  path === undefined ? {} : ({ [name]: readFileSync(path, "utf8") } as Record<Name, string>);
