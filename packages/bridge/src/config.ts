import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { failure, reasonOf } from "./errors.ts";
import { word } from "./field.ts";
import { systems } from "./systems.ts";
import type { System } from "./systems.ts";

/** One bridge of a configuration. */
export interface Configured {
  readonly system: string;
  readonly name: string;
  readonly config: unknown;
  readonly of: System;
}

/** What a configuration says. */
export interface Config {
  /** The OTLP receiver; `OTEL_EXPORTER_OTLP_ENDPOINT` where it is absent. */
  readonly endpoint?: string | undefined;
  /** The folder of the checkpoints. */
  readonly data?: string | undefined;
  /** Where health is asked and webhooks arrive: `127.0.0.1:4319`. */
  readonly listen?: string | undefined;
  readonly bridges: readonly Configured[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const outline = z.looseObject({ endpoint: word.optional(), data: word.optional(), listen: word.optional() });

/**
 * Reads a configuration file: YAML, in which `${NAME}` stands for an environment variable. No value is ever shown.
 * @throws CatalogueError for a file that is missing or wrong, with the path of what is wrong in it.
 */
export function readConfig(file: string, env: Environment): Config {
  return configOf(file, textIn(file), env);
}

/** The same from a text. @param file stands in messages. */
export function configOf(file: string, text: string, env: Environment): Config {
  const whole = checked(file, "", outline, withVariables(file, "", parsed(file, text), env));
  const { endpoint, data, listen, ...rest } = whole;
  const bridges: Configured[] = [];
  for (const [system, value] of Object.entries(rest)) {
    const of = systems[system];
    if (of === undefined)
      throw wrong(file, system, `no bridge has this name; there are ${Object.keys(systems).join(", ")}`);
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
    entries.forEach((entry, i) => {
      const path = Array.isArray(value) ? `${system}[${i}]` : system;
      const config = checked(file, path, of.config, entry);
      for (const [key, each] of Object.entries(config as object)) secured(file, `${path}.${key}`, each);
      const { name = entries.length === 1 ? system : `${system}-${i + 1}` } = config as { readonly name?: string };
      if (bridges.some((other) => other.name === name))
        throw wrong(file, `${path}.name`, "another bridge has this name");
      bridges.push({ system, name, config, of });
    });
  }
  return { endpoint, data, listen, bridges };
}

/**
 * The bridges that are meant by systems or names; all where none is named.
 * @throws CatalogueError where a name means none.
 */
export function chosenIn({ bridges }: Config, file: string, wanted: readonly string[]): readonly Configured[] {
  const isMeant = ({ system, name }: Configured, by: string): boolean => by === system || by === name;
  for (const each of wanted)
    if (!bridges.some((bridge) => isMeant(bridge, each))) throw wrong(file, each, "it has no bridge of this name");
  const chosen = bridges.filter((bridge) => wanted.length === 0 || wanted.some((each) => isMeant(bridge, each)));
  if (chosen.length === 0) throw wrong(file, "", "it has no bridge");
  return chosen;
}

const wrong = (file: string, path: string, fault: string): Error =>
  failure("JOBTRAIL_BRIDGE_CONFIG", { file, path, fault });

function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw failure("JOBTRAIL_BRIDGE_CONFIG", { file, path: "", fault: reasonOf(cause) }, { cause });
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text) ?? {};
  } catch (cause) {
    // The parser's message shows the lines around the fault, and a secret may stand there.
    throw wrong(file, "", `it is no YAML (${/at line \d+, column \d+/.exec(reasonOf(cause))?.[0] ?? "unreadable"})`);
  }
}

function withVariables(file: string, path: string, value: unknown, env: Environment): unknown {
  if (typeof value === "string")
    return value.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => {
      const found = env[variable];
      if (found === undefined || found === "") throw failure("JOBTRAIL_BRIDGE_VARIABLE", { file, path, variable });
      return found;
    });
  if (Array.isArray(value)) return value.map((each, i) => withVariables(file, `${path}[${i}]`, each, env));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      withVariables(file, path === "" ? key : `${path}.${key}`, each, env),
    ]),
  );
}

function checked<T>(file: string, path: string, shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = [path, ...(issue?.path ?? []).map(String)].filter((part) => part !== "").join(".");
  throw wrong(file, at, issue?.message ?? "unreadable");
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Credentials go over TLS, unless they do not leave the machine. */
function secured(file: string, path: string, value: unknown): void {
  if (typeof value !== "string" || !value.startsWith("http://")) return;
  const { hostname } = new URL(value);
  if (!loopback.test(hostname)) throw failure("JOBTRAIL_BRIDGE_PLAIN_HTTP", { file, path, host: hostname });
}
