import { at, typeOf } from "./config.ts";
import type { Config, Scalar } from "./config.ts";
import { headerMapFault } from "./headers.ts";
import { expanded, referencesIn } from "./variable.ts";
import type { Environment, Variable } from "./variable.ts";
import { isUnreadable } from "./yaml.ts";

/** The faults in a variable's value, if it is set. A value that may be a secret is not shown. */
export function faultsOf(variable: Variable, env: Environment, config: Config): string[] {
  const value = env[variable.name];
  if (value === undefined) return [];
  const fault = textFaults.find(({ finds }) => finds(value))?.says;
  if (fault !== undefined) return [`${variable.name} ${fault}`];
  const broken = variable.uses
    .map((use) => faultAt(use, variable.name, env, config))
    .find((each) => each !== undefined);
  return broken === undefined ? [] : [`${variable.name} ${broken}`];
}

/** Notes on a variable's value, if it is set. The value is not shown. */
export function notesOf({ name }: Variable, env: Environment): string[] {
  const doubled = /\$\$+/.exec(env[name] ?? "")?.[0];
  return doubled === undefined
    ? []
    : [
        `${name} has ${doubled}, of which the Collector sends ${doubled.slice(Math.floor(doubled.length / 2))}. Write each $ twice to have both.`,
      ];
}

/** Faults that no value may have, whatever uses it. */
const textFaults: readonly { readonly finds: (value: string) => boolean; readonly says: string }[] = [
  {
    finds: (value) => value === "",
    says: "is empty, and the Collector uses the empty text instead of the default. Unset it, or give it a value.",
  },
  {
    finds: (value) => /[\r\n]/.test(value),
    says: "has a line break, maybe the end of a file that it was read from. Remove it.",
  },
  { finds: (value) => value.trim() !== value, says: "begins or ends with a space. Remove it." },
  {
    finds: (value) => /^(["']).*\1$/.test(value),
    says: "has quotes around it, which the Collector reads as part of it. Remove them.",
  },
  {
    // `$$` is left alone: it may be an escape that is meant.
    finds: (value) => value.replaceAll("$$", "").includes("${"),
    says: "has a ${, which the Collector reads as another variable. Write $${ instead.",
  },
  {
    finds: isUnreadable,
    says: "is a map in YAML whose keys are not texts, and the Collector reads every value as YAML. Set another value.",
  },
];

/** The form that a value must have, by the setting that uses it. */
interface Form {
  /** Whether a scalar must have this form. */
  readonly of: (use: Scalar, fallback: string | undefined) => boolean;
  readonly accepts: (text: string, use: Scalar, config: Config) => boolean;
  readonly expected: string | ((text: string, use: Scalar, config: Config) => string);
  /** Whether it may be shown: an address may have a secret in it. */
  readonly isShown?: true;
}

/** The settings that hold a number, and its limits. */
interface Range {
  readonly key: string;
  readonly from: (use: Scalar, config: Config) => number;
  readonly to?: number;
  readonly isFraction?: true;
}

/** Numbers that the Collector, or what it is made of, refuses beyond these. */
const limits: readonly Range[] = [
  { key: "limit_mib", from: () => 1 },
  {
    key: "queue_size",
    from: ({ path }, config) => Number(at(config, [...path.slice(0, -1), "batch", "min_size"]) ?? 1),
  },
  { key: "sampling_percentage", from: () => 0, to: 100, isFraction: true },
  { key: "num_traces", from: () => 1 },
  { key: "port", from: () => 0, to: 65_535 },
  { key: "", from: () => 0 },
];

function ranges(): Form[] {
  return limits.map(({ key, from, to = Number.MAX_SAFE_INTEGER, isFraction }) => ({
    of: ({ path }, fallback) => /^\d+(\.\d+)?$/.test(fallback ?? "") && (key === "" || path.at(-1) === key),
    accepts: (text, use, config) =>
      (isFraction ? /^\d+(\.\d+)?$/ : /^\d+$/).test(text) && Number(text) >= from(use, config) && Number(text) <= to,
    expected: (_, use, config) =>
      `${isFraction ? "a number" : "a whole number"} from ${from(use, config)}${to < Number.MAX_SAFE_INTEGER ? ` to ${to}` : ""}`,
    isShown: true,
  }));
}

const forms: readonly Form[] = [
  {
    of: ({ path }) => isOtlpHttp(path) && path.at(-1) === "endpoint",
    accepts: (text) => isUrl(text) && !/\/v1\/(logs|traces|metrics)\/?$/.test(text),
    expected: "an address such as https://host.example/path, without the /v1/logs that the Collector adds itself",
  },
  {
    of: ({ path }) => isOtlpHttp(path) && (path.at(-1) ?? "").endsWith("_endpoint"),
    accepts: isUrl,
    expected: "an address such as https://host.example/path",
  },
  {
    of: ({ text }) => /^https?:\/\//.test(text) || /^\$\{env:\w+:-https?:\/\//.test(text),
    accepts: isUrl,
    expected: "an address such as https://host.example/path",
  },
  {
    of: ({ path }) => path.at(-1) === "endpoint" && (path[0] === "receivers" || path[0] === "extensions"),
    accepts: isHostAndPort,
    expected: "an address to listen on with its port, such as 127.0.0.1:14318",
    isShown: true,
  },
  {
    of: ({ path }, fallback) => path.at(-1) === "headers" && fallback !== undefined,
    accepts: (text) => headerMapFault(text) === undefined,
    expected: (text) => headerMapFault(text) ?? "",
  },
  ...ranges(),
  {
    of: (_place, fallback) => /^(true|false)$/.test(fallback ?? ""),
    accepts: (text) => /^(true|false)$/.test(text),
    expected: "true or false",
    isShown: true,
  },
  {
    of: (_place, fallback) => isDuration(fallback ?? ""),
    accepts: isDuration,
    expected: "a duration such as 500ms, 30s or 1h30m",
    isShown: true,
  },
];

function faultAt(use: Scalar, name: string, env: Environment, config: Config): string | undefined {
  const value = env[name] ?? "";
  const own = referencesIn(use.text).find((each) => each.name === name);
  const form = forms.find((each) => each.of(use, isWhole(use.text) ? own?.fallback : undefined));
  if (form === undefined) return undefined;
  // Users sometimes give a host name with a scheme that the configuration already has.
  const isTwice = value.includes("://") && use.text.slice(0, use.text.indexOf("${")).includes("://");
  if (isTwice)
    return `holds an address with ${value.slice(0, value.indexOf("://"))}://; expected only the part after it.`;
  const text = expanded(use.text, env);
  if (form.accepts(text, use, config)) return undefined;
  const expected = typeof form.expected === "string" ? form.expected : form.expected(text, use, config);
  return `is ${form.isShown ? JSON.stringify(value) : "not valid"}; expected ${expected}.`;
}

/** Whether a text is one variable and nothing else. */
const isWhole = (text: string): boolean => /^\$\{[^{}]*\}$/.test(text);

const isOtlpHttp = (path: readonly string[]): boolean =>
  path[0] === "exporters" && /^otlp_?http$/.test(typeOf(path[1] ?? ""));

function isUrl(text: string): boolean {
  // The Collector rejects an incomplete percent escape.
  const url = /\s|%(?![\da-fA-F]{2})/.test(text) ? null : URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" && !/^https?:?$/.test(url.hostname);
}

function isHostAndPort(text: string): boolean {
  const match = /^(?:\[[\da-fA-F:.]+\]|[^\s:/]*):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) <= 65_535;
}

function isDuration(text: string): boolean {
  return /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text);
}
