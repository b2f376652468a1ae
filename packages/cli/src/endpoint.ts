/** Where a receiver takes log records. An endpoint may be given with the path of its logs, as some vendors print it. */
export function logsAt(endpoint: string): string {
  const address = endpoint.replace(/\/+$/, "");
  return new URL(address).pathname.endsWith("/logs") ? address : `${address}/v1/logs`;
}

/** `name=value` pairs, values percent-encoded, as OpenTelemetry's exporters read them from `OTEL_EXPORTER_OTLP_HEADERS`. */
export function headersIn(text = ""): Record<string, string> {
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
