import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { short } from "@jobtrail/delivery";
import { commands, compareVersions, componentsOf, holdersOf, sinceOf } from "./component.ts";
import { kinds } from "./config.ts";
import { read } from "./document.ts";
import { failure } from "../errors.ts";
import { argumentsOf } from "./print.ts";
import { redactor } from "./secret.ts";
import type { Stack } from "./stack.ts";
import type { Environment } from "./variable.ts";

/** A Collector that can be run. */
export interface Binary {
  readonly path: string;
  readonly version: string;
  /** Its components, such as `exporters/otlp_http`, with the version of the module if the Collector lists it. */
  readonly components: ReadonlyMap<string, string | undefined>;
}

/** The named Collector, else the one of JOBTRAIL_OTELCOL, else one on the PATH; undefined if there is none. */
export function findBinary(named: string | undefined, env: Environment): Binary | undefined {
  const path = named ?? (env["JOBTRAIL_OTELCOL"] || undefined) ?? onPath(env["PATH"] ?? "");
  return path === undefined ? undefined : inspect(path);
}

function onPath(path: string): string | undefined {
  const names = [commands.lean, commands.contrib, commands.k8s, commands.core];
  const files = path
    .split(delimiter)
    .flatMap((folder) => (folder === "" ? [] : names.map((name) => join(folder, name))));
  return files.find(isRunnable);
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Older Collectors list only names, or names without modules. */
const itemShape = z.union([
  z.string().transform((name) => ({ name, module: undefined })),
  z.object({ name: z.string(), module: z.string().optional() }),
]);
const listShape = z.array(itemShape).catch([]);
const answerShape = z.looseObject({ buildinfo: z.object({ version: z.string() }) });

function inspect(path: string): Binary {
  const { error, status, stdout, stderr } = spawnSync(path, ["components"], { encoding: "utf8", timeout: 20_000 });
  if (error !== undefined)
    throw failure("JOBTRAIL_COLLECTOR_UNUSABLE", {
      reason: `${path} cannot be run (${(error as NodeJS.ErrnoException).code}). Name a Collector with --otelcol.`,
    });
  const answer = status === 0 ? answerShape.safeParse(read(stdout, `${path} components`).toJS()) : undefined;
  if (answer?.data === undefined)
    throw failure("JOBTRAIL_COLLECTOR_UNUSABLE", {
      reason: `${path} does not list its components as a Collector does${stderr === "" ? "" : `: ${firstLine(stderr)}`}. Name another with --otelcol.`,
    });
  const { buildinfo, ...rest } = answer.data;
  const components = kinds.flatMap((kind) =>
    listShape.parse(rest[kind]).map(({ name, module }) => [`${kind}/${name}`, module?.split(" ")[1]] as const),
  );
  return { path, version: buildinfo.version, components: new Map(components) };
}

/** Why a Collector ended: the last error in its log, on one line. Components may log errors before it. */
export function complaintIn(log: string): string {
  const at = log.lastIndexOf("Error: ");
  return short(at === -1 ? log : log.slice(at + "Error: ".length));
}

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";

/** A known fault of the Collector's version, in one line; undefined if there is none. */
export const knownFaultOf = ({ path, version }: Binary): string | undefined =>
  compareVersions(version, "0.156") < 0 && !version.includes("receivers-last")
    ? `${path} is version ${version}. Before 0.156 a Collector may receive records before its queues are open, if a queue is so large that its compaction takes a while: it then panics and starts again. Use 0.156 or later.`
    : undefined;

/** The components that a Collector lacks for a stack, and a distribution that has them, in one line; undefined if it has all. */
export function lackedBy({ path, version, components }: Binary, stack: Stack): string | undefined {
  const needed = componentsOf(stack);
  const absent = needed.filter(({ name }) => !components.has(name)).map(({ name }) => name);
  const old = needed.filter(({ name, since }) => compareVersions(components.get(name) ?? since, since) < 0);
  const fault =
    absent.length > 0
      ? `lacks ${absent.join(", ")}`
      : `is too old for ${old.map(({ name, since }) => `${name} (from ${since})`).join(", ")}`;
  const holders = holdersOf(needed).filter((each) => each !== "lean");
  const remedy = `Use ${holders.map((each) => commands[each]).join(" or ")}, ${sinceOf(needed)} or later.`;
  return absent.length + old.length === 0 ? undefined : `${path} (${version}) ${fault}. ${remedy}`;
}

/** The errors that the Collector's own validation reports for a stack, one line each; secrets are replaced. */
export function refusedBy({ path }: Binary, stack: Stack, env: Environment): string[] {
  const { status, stderr } = spawnSync(path, ["validate", ...argumentsOf(stack)], {
    encoding: "utf8",
    env,
    timeout: 30_000,
  });
  if (status === 0) return [];
  const redact = redactor(stack.config, env);
  return [`${path} refuses the configuration: ${complaintIn(redact(stderr))}`];
}
