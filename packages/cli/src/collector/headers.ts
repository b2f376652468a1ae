import { at, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { expanded } from "./variable.ts";
import type { Environment } from "./variable.ts";
import { yamlOf } from "./yaml.ts";

/** The headers that an exporter and its authenticator send; undefined if the authenticator does more than send a header. */
export function headersOf(settings: unknown, config: Config, env: Environment): Record<string, string> | undefined {
  const own = headerMap(at(settings, ["headers"]), env);
  const id = at(settings, ["auth", "authenticator"]);
  const login = typeof id === "string" ? loginOf(typeOf(id), config.extensions[id], env) : {};
  return login === undefined ? undefined : { ...asBytes(own), ...asBytes(login) };
}

/** The headers of a map, or of a text that is one variable whose value is a map in YAML. */
function headerMap(headers: unknown, env: Environment): Record<string, string> {
  if (typeof headers === "string") return pairsOf(yamlOf(expanded(headers, env)));
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, expanded(String(value), env)]));
}

/** What was expected of a text that must be a map of headers in YAML; undefined if the Collector accepts it. */
export function headerMapFault(text: string): string | undefined {
  const value = yamlOf(text);
  if (value === null) return undefined;
  if (typeof value !== "object") return 'a map in YAML, such as {x-api-key: "…", x-tenant: "jobs"}';
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const entries = parts.flatMap((each): [string, unknown][] => Object.entries(each ?? {}));
  if (Array.isArray(value) && entries.some(([key]) => key !== "name" && key !== "value"))
    return 'a map in YAML, such as {x-api-key: "…", x-tenant: "jobs"}';
  const wrong = entries.find(([, each]) => each !== null && typeof each !== "string");
  return wrong === undefined ? undefined : `${wrong[0]} to be a text: put quotes around its value`;
}

function pairsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  const pairs = Array.isArray(value)
    ? value.map((each): [string, unknown] => [String(at(each, ["name"])), at(each, ["value"])])
    : Object.entries(value);
  return Object.fromEntries(pairs.map(([name, each]) => [name, typeof each === "string" ? each : ""]));
}

function loginOf(type: string, settings: unknown, env: Environment): Record<string, string> | undefined {
  const value = (...path: string[]): string => expanded(String(at(settings, path) ?? ""), env);
  if (type === "basicauth") {
    const both = `${value("client_auth", "username")}:${value("client_auth", "password")}`;
    return { authorization: `Basic ${Buffer.from(both).toString("base64")}` };
  }
  if (type !== "bearertokenauth" || at(settings, ["token"]) === undefined) return undefined;
  // The extension reads the text after a blank as a second token, which it accepts and does not send.
  const [token = ""] = value("token").trim().split(/\s+/);
  return { authorization: `${value("scheme") || "Bearer"} ${token}` };
}

/** A header goes out as bytes: the Collector writes UTF-8, and `fetch` one byte for each character. */
const asBytes = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")]),
  );
