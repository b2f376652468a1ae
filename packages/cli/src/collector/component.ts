import { z } from "zod";
import { kinds, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { read } from "./document.ts";
import { failure } from "../errors.ts";
import { textOf } from "./files.ts";
import type { Stack } from "./stack.ts";

/** The distributions and the command of each; `lean` is the build of builder.yaml. */
export const commands = {
  core: "otelcol",
  contrib: "otelcol-contrib",
  k8s: "otelcol-k8s",
  lean: "otelcol-jobtrail",
} as const;

/** The name of a distribution. */
export type Distribution = keyof typeof commands;

/** The distributions whose releases can be downloaded: the smallest first, and last the one that is for Kubernetes alone. */
export const official: readonly Distribution[] = ["core", "contrib", "k8s"];

/** A type of component: the module that it comes from, who holds it, and since which version under this name. */
export interface Component {
  /** Such as `exporters/otlp_http`. */
  readonly name: string;
  readonly module: string;
  readonly distributions: readonly Distribution[];
  readonly since: string;
}

const rowShape = z.object({
  module: z.string(),
  distributions: z.array(z.enum(["core", "k8s", "contrib"])),
  since: z.string().regex(/^\d+\.\d+/),
});

/** The types of components that a configuration names, such as `exporters/otlp_http`, each once. */
export const namesOf = (config: Config): string[] => [
  ...new Set(kinds.flatMap((kind) => Object.keys(config[kind]).map((id) => `${kind}/${typeOf(id)}`))),
];

/** The components of a stack. @throws CatalogueError where components.yaml has no row for one. */
export function componentsOf({ config }: Pick<Stack, "config">): Component[] {
  const catalogue = read(textOf("components.yaml"), "components.yaml").toJS() as Record<string, unknown>;
  return namesOf(config).map((name) => {
    const { data, error } = rowShape.safeParse(catalogue[name]);
    if (data === undefined) {
      const reason = `${name}: ${error.issues[0]?.message}`;
      throw failure("JOBTRAIL_FILE_INVALID", { name: "components.yaml", reason });
    }
    return { name, ...data };
  });
}

/** Whether a distribution holds a component. */
export const holds = (distribution: Distribution, component: Component): boolean =>
  distribution === "lean" ? isIn(lean(), component) : component.distributions.includes(distribution);

/** The distributions that hold all of them. */
export function holdersOf(components: readonly Component[]): Distribution[] {
  const built = lean();
  const holders = official.filter((each) => components.every((component) => holds(each, component)));
  return components.every((component) => isIn(built, component)) ? [...holders, "lean"] : holders;
}

/** The lowest version that knows all of them by these names. */
export const sinceOf = (components: readonly Component[]): string =>
  components
    .map(({ since }) => since)
    .toSorted(compareVersions)
    .at(-1) ?? "0";

/** Orders versions such as 0.98.0 and 0.155, as far as their names of components may differ. */
export const compareVersions = (a: string, b: string): number => ordinal(a) - ordinal(b);

function ordinal(version: string): number {
  const [, major = 0, minor = 0] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) * 100_000 + Number(minor);
}

interface Build {
  readonly version: string;
  readonly modules: ReadonlySet<string>;
}

const isIn = ({ version, modules }: Build, { module, since }: Component): boolean =>
  modules.has(module) && compareVersions(since, version) <= 0;

const modules = z.array(z.object({ gomod: z.string() })).default([]);
const builderShape = z.object({
  dist: z.object({ version: z.string() }),
  receivers: modules,
  processors: modules,
  connectors: modules,
  exporters: modules,
  extensions: modules,
});

/** What builder.yaml builds. */
function lean(): Build {
  const { dist, ...kinds } = builderShape.parse(read(textOf("builder.yaml"), "builder.yaml").toJS());
  const all = Object.values(kinds).flat();
  return { version: dist.version, modules: new Set(all.map(({ gomod }) => gomod.split(" ")[0] ?? gomod)) };
}
