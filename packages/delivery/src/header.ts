import type * as http from "node:http";

/**
 * `name=value` pairs with commas between them, values percent-encoded, as in `OTEL_EXPORTER_OTLP_HEADERS`. A value
 * whose percent signs encode nothing is taken as it is.
 */
export const headersIn = (text = ""): Record<string, string> =>
  Object.fromEntries(
    text.split(",").flatMap((pair): [string, string][] => {
      const at = pair.indexOf("=");
      const name = decoded(pair.slice(0, Math.max(0, at)).trim());
      return name === "" ? [] : [[name, decoded(pair.slice(at + 1).trim())]];
    }),
  );

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The headers that HTTP allows, and the faults of the others; no value is ever shown. */
export function sendable(headers: Readonly<Record<string, string>>): {
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
} {
  const all = Object.entries(headers);
  if (all.length === 0) return { headers, faults: [] };
  const checks = process.getBuiltinModule("node:http") satisfies typeof http;
  const faults = all.map(([name, value]) => faultOf(name, value, checks));
  return {
    headers: Object.fromEntries(all.filter((_, i) => faults[i] === undefined)),
    faults: faults.filter((each) => each !== undefined),
  };
}

function faultOf(
  name: string,
  value: string,
  { validateHeaderName, validateHeaderValue }: typeof http,
): string | undefined {
  try {
    validateHeaderName(name);
  } catch {
    return `${JSON.stringify(name)} is not a valid HTTP header name`;
  }
  try {
    validateHeaderValue(name, value);
    return undefined;
  } catch {
    return `the value of ${JSON.stringify(name)} has a character that HTTP does not allow in a header`;
  }
}
