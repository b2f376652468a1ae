import { readFileSync } from "node:fs";
import { nearest } from "@jobtrail/conventions";
import { failure } from "../errors.ts";
import { backendOf } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { at, configOf } from "./config.ts";
import type { Config } from "./config.ts";
import { backendOfPipeline, destinationsOf } from "./destination.ts";
import { empty, merge, read } from "./document.ts";
import { namesIn } from "./files.ts";
import { pipelineOf, written } from "./independence.ts";
import { expanded } from "./variable.ts";
import type { Environment } from "./variable.ts";
import type { Document } from "yaml";

const firstPort = 14_330;

/**
 * The receivers of resends for one backend alone, where several take log records: the first backend on port 14330, the
 * next on 14331, and so on.
 */
export function resendReceiversOf(config: Config, backends: readonly Backend[]): Document {
  const overlay = empty();
  const all = destinationsOf(config).filter(({ signal }) => signal === "logs");
  const takers = backends.filter(({ takes }) => takes.includes("logs"));
  if (all.length < 2) return overlay;
  for (const [i, { name }] of takers.entries()) {
    const own = all.find((each) => backendOfPipeline(each, backends, config)?.name === name);
    if (own === undefined) continue;
    const variable = `JOBTRAIL_COLLECTOR_RESEND_${name.toUpperCase().replaceAll("-", "_")}`;
    const endpoint = `\${env:${variable}:-127.0.0.1:${firstPort + i}}`;
    const processors = own.processors.filter((id) => !/^(memory_limiter|batch\/apart)$/.test(id));
    merge(overlay, receiverOf(`otlp/resend_${name}`, endpoint));
    merge(
      overlay,
      pipelineOf(`logs/resend_${name}`, {
        receivers: [`otlp/resend_${name}`],
        processors: ["memory_limiter", ...processors],
        exporters: own.exporters,
      }),
    );
  }
  return overlay;
}

const receiverOf = (id: string, endpoint: string): Document =>
  written(`receivers: {${id}: {protocols: {http: {endpoint: "${endpoint}"}}}}`);

/**
 * The address at which a Collector receives resends for a backend, from its printed configuration.
 * @throws CatalogueError where the file cannot be read, or has no receiver for the backend.
 */
export function resendAddressOf(file: string, backend: string, env: Environment): string {
  const text = textOf(file);
  const { receivers } = configOf(read(text, file), file);
  const own = Object.keys(receivers).flatMap((id) => /^otlp\/resend_(.+)$/.exec(id)?.[1] ?? []);
  const names = own.length > 0 ? own : namedIn(text);
  if (names.length > 0 && !names.includes(backend))
    throw failure("JOBTRAIL_BACKEND_UNSENT", {
      file,
      name: backend,
      nearest: nearest(backend, names),
      all: names.join(", "),
    });
  const id = own.includes(backend) ? `otlp/resend_${backend}` : names.length === 1 ? "otlp/resend" : "";
  const endpoint = at(receivers[id], ["protocols", "http", "endpoint"]);
  if (typeof endpoint !== "string")
    throw failure("JOBTRAIL_RESEND_RECEIVER_MISSING", { file, command: `${commandIn(text)} --with resend` });
  return `http://${expanded(endpoint, env)
    .replace(/^(0\.0\.0\.0)?:/, "127.0.0.1:")
    .replace(/^\[::\]:/, "[::1]:")}`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = `${code}; name the configuration that the Collector runs with --config`;
    throw failure("JOBTRAIL_INPUT_UNREADABLE", { name: file, reason }, { cause: error });
  }
}

/** The command that a printed configuration names in its first lines. */
const commandIn = (text: string): string =>
  /^# +(jobtrail collector config .*)$/m.exec(text)?.[1] ?? "jobtrail collector config --backend …";

/** The backends that take log records in that command. */
const namedIn = (text: string): string[] =>
  [...commandIn(text).matchAll(/--backend (\S+)/g)]
    .map(([, name = ""]) => name)
    .filter((name) => namesIn("backends").includes(name) && backendOf(name).takes.includes("logs"));
