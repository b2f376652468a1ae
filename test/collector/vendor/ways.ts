import type { Signal } from "@jobtrail/otlp";
import type { Value, Vendor, Way } from "./row.ts";

type Headers = Readonly<Record<string, Value>>;
type Ways = Vendor["ways"];

/** The three ways in below one address, as OTLP over HTTP has them; headers of all, and those of one signal. */
export const three = (base: string, headers: Headers = {}, own: Partial<Record<Signal, Headers>> = {}): Ways => ({
  logs: { url: `${base}/v1/logs`, headers: { ...headers, ...own.logs } },
  traces: { url: `${base}/v1/traces`, headers: { ...headers, ...own.traces } },
  metrics: { url: `${base}/v1/metrics`, headers: { ...headers, ...own.metrics } },
});

/** The ways in as OTLP over gRPC has them. */
export const called = (base: string, signals: readonly Signal[]): Ways =>
  ofEach(signals, (signal) => ({ url: `${base}/${methods[signal]}` }));

const methods: Readonly<Record<Signal, string>> = {
  logs: "opentelemetry.proto.collector.logs.v1.LogsService/Export",
  traces: "opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};

/** Ways in with limits: of all signals, or of each. */
export const limited = (ways: Ways, largest: number | Partial<Record<Signal, number>>): Ways =>
  ofEach(Object.keys(ways) as Signal[], (signal) => {
    const limit = typeof largest === "number" ? largest : largest[signal];
    return { url: "", ...ways[signal], ...(limit !== undefined && { largest: limit }) };
  });

const ofEach = (signals: readonly Signal[], way: (signal: Signal) => Way): Ways =>
  Object.fromEntries(signals.map((signal) => [signal, way(signal)]));

/** The header that says a user and a password. */
export const basic = (user: string, password: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

/** The header that says a token. */
export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/** How a request says that it is signed for one of AWS's services. */
export function signed(key: string, region: string, service: string): Headers {
  const credential = (date: string): string => `AWS4-HMAC-SHA256 Credential=${key}/${date}/${region}/${service}`;
  const names = String.raw`(?=\S*\bhost\b)(?=\S*\bx-amz-date\b)[\w;-]+`;
  const form = `^${credential(String.raw`\d{8}`)}/aws4_request, SignedHeaders=${names}, Signature=[0-9a-f]{64}$`;
  const rest = `/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
  return {
    authorization: { like: new RegExp(form), such: `${credential("20260102")}${rest}` },
    "x-amz-date": { like: /^\d{8}T\d{6}Z$/, such: "20260102T030405Z" },
  };
}

/** What vendors count in. */
export const megabyte = 1_000_000;
/** What vendors count in, when they count in two's powers. */
export const mebibyte: number = 1024 * 1024;

/** A vendor that takes counts and histograms in one temporality alone. */
export const only = <T extends "delta" | "cumulative">(temporality: T): Readonly<Record<"sum" | "histogram", T>> => ({
  sum: temporality,
  histogram: temporality,
});
