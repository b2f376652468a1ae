import { readFileSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** Who the process is. */
export interface Service {
  /** Absent where nothing says it. */
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** The service's name and version: as OpenTelemetry's variables say, else as the app's package.json does. */
export function serviceOf(env: NodeJS.ProcessEnv, main: string | undefined = mainFile()): Service {
  const said = resourceIn(env["OTEL_RESOURCE_ATTRIBUTES"]);
  const own = manifest(main === undefined ? process.cwd() : dirname(main));
  const named = env["OTEL_SERVICE_NAME"]?.trim();
  const name = (named === "" ? undefined : named) ?? said.get("service.name");
  return {
    name: name ?? own?.name,
    // A version of the package says nothing about a service that is called otherwise.
    version: said.get("service.version") ?? (name === undefined || name === own?.name ? own?.version : undefined),
  };
}

/** `key=value` pairs, separated by commas, percent-encoded; one that cannot be read voids them all, as specified. */
export function resourceIn(text: string | undefined): ReadonlyMap<string, string> {
  try {
    return new Map(pairsIn(text));
  } catch {
    return new Map();
  }
}

/** The pairs of a list such as `OTEL_EXPORTER_OTLP_HEADERS`. @throws URIError for a broken percent sign. */
export const pairsIn = (text: string | undefined): [string, string][] =>
  (text ?? "")
    .split(",")
    .filter((pair) => pair.includes("="))
    .map((pair) => {
      const at = pair.indexOf("=");
      return [decodeURIComponent(pair.slice(0, at).trim()), decodeURIComponent(pair.slice(at + 1).trim())];
    });

/** The app's own main file: not a program given as text, nor a tool under node_modules that may run the app. */
export function mainFile(main: string | undefined = process.argv[1]): string | undefined {
  if (main === undefined) return undefined;
  try {
    const file = realpathSync(main);
    return file.includes(`${sep}node_modules${sep}`) ? undefined : file;
  } catch {
    return undefined;
  }
}

/** The nearest package.json that has a name. */
function manifest(folder: string): { readonly name: string; readonly version: string | undefined } | undefined {
  try {
    const read = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    const { name, version } = read;
    if (typeof name === "string" && name !== "")
      return { name, version: typeof version === "string" ? version : undefined };
  } catch {
    // None here, or none that can be read: the next folder may have one.
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : manifest(parent);
}
