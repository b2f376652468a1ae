/** Says which package breaks the order of the layers, or lacks what every package has. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { circles } from "./circle.ts";
import { dataPackages, packages, root } from "./workspace.ts";
import type { Exports, Package } from "./workspace.ts";

/** A package may use only what stands below its own rank. */
const ranks: readonly (readonly [rank: number, name: RegExp])[] = [
  [0, /^(conventions|collector)$/],
  [1, /^(core|dashboards)$/],
  [2, /^otlp$/],
  [3, /^(instrumentation|delivery|schemas|testing)$/],
  [4, /^instrumentation-.+$/],
  [5, /^auto-instrumentations$/],
  [6, /^(register|joblog|bridge)$/],
  [7, /^cli$/],
];

/** What only some packages may depend on when installed. */
const reserved: readonly { readonly name: RegExp; readonly of: RegExp; readonly why: string }[] = [
  {
    name: /^@opentelemetry\/(sdk-.+|exporter-.+|otlp-.+|core|resources|context-async-hooks)$/,
    of: /^(register|testing)$/,
    why: "only register and testing bring an SDK",
  },
  { name: /^zod$/, of: /^(schemas|bridge|joblog|cli)$/, why: "only schemas, bridge, joblog and cli validate with zod" },
  { name: /^@jobtrail\/testing$/, of: /^$/, why: "testing is for development" },
];

/** What an instrumentation may load; the job system itself is the host's, so it is a type only. */
const loadable = /^(node:.+|@jobtrail\/.+|@opentelemetry\/(api|instrumentation))$/;

/** Each breach in one sentence; none where all is well. */
export function breaches(at: string = root): string[] {
  return [
    ...packages(at).flatMap((each) => codeBreaches(each, at)),
    ...dataPackages(at).flatMap((each) => saidBreaches(each, at)),
    ...circles(files(at)).map((circle) => `${circle.join(" → ")} import each other in a circle.`),
    ...versionBreaches([...packages(at), ...dataPackages(at)]),
  ];
}

function codeBreaches(each: Package, at: string): string[] {
  return [
    ...saidBreaches(each, at),
    ...manifestBreaches(each),
    ...Object.keys(each.manifest.dependencies ?? {}).flatMap((name) => dependencyBreach(each, name)),
    ...globSync(`${each.folder}/src/**/*.ts`, { cwd: at })
      .filter((path) => !path.endsWith(".test.ts"))
      .sort()
      .flatMap((path) => sourceBreaches(each, path, at)),
  ];
}

/** The files that each source file imports of its own package or of the tools. */
function files(at: string): Map<string, readonly string[]> {
  const sources = globSync(["{packages,examples}/*/src/**/*.ts", "dashboards/src/**/*.ts", "tools/**/*.ts"], {
    cwd: at,
  })
    .filter((path) => !path.endsWith(".test.ts"))
    .sort();
  return new Map(
    sources.map((path) => [
      path,
      importsIn(readFileSync(join(at, path), "utf8"))
        .filter(({ from }) => from.startsWith("."))
        .map(({ from }) => join(dirname(path), from)),
    ]),
  );
}

const shortName = (name: string): string => name.replace("@jobtrail/", "");

const rankOf = (name: string): number | undefined => ranks.find(([, pattern]) => pattern.test(shortName(name)))?.[0];

/** What every package says of itself. */
function saidBreaches({ folder, manifest }: Package, at: string): string[] {
  return sentences(folder, [
    [rankOf(manifest.name) !== undefined, "has no rank: add it to tools/layers.ts"],
    [folder.split("/").at(-1) === shortName(manifest.name), `is called ${manifest.name}`],
    [existsSync(join(at, folder, "README.md")), "has no README.md"],
    [Boolean(manifest.description), "has no description"],
    [
      manifest.repository?.directory === folder && manifest.homepage?.includes(`/${folder}#`) === true,
      "has no repository and homepage of its own folder",
    ],
    [manifest.license === "Apache-2.0", `has the license ${manifest.license}; expected Apache-2.0`],
  ]);
}

/** All packages are released together, so that one version says which belong together. */
const versionBreaches = (all: readonly Package[]): string[] =>
  all
    .filter(({ manifest }) => manifest.version !== all[0]?.manifest.version)
    .map(
      ({ folder, manifest }) => `${folder} has the version ${manifest.version}; expected ${all[0]?.manifest.version}.`,
    );

function manifestBreaches({ folder, manifest }: Package): string[] {
  const { exports = {}, publishConfig, bin } = manifest;
  return sentences(folder, [
    [manifest.engines?.["node"] === ">=22.15", `has the engine ${manifest.engines?.["node"]}; expected >=22.15`],
    [
      folder.endsWith("/testing") || (manifest.peerDependencies?.["@opentelemetry/api"] ?? "^1.3.0") === "^1.3.0",
      "has a peer range for @opentelemetry/api that shuts older hosts out; expected ^1.3.0",
    ],
    [bin !== undefined || Object.keys(exports).length > 0, "exports nothing and has no command"],
    [
      Object.values(exports).every((conditions) => Object.keys(conditions)[0] === "@jobtrail/source"),
      "has an export whose first condition is not @jobtrail/source",
    ],
    [
      JSON.stringify(publishConfig?.exports ?? {}) === JSON.stringify(published(exports)),
      "has a publishConfig whose exports are not its exports without @jobtrail/source",
    ],
  ]);
}

const sentences = (folder: string, wanted: readonly (readonly [holds: boolean, breach: string])[]): string[] =>
  wanted.filter(([holds]) => !holds).map(([, breach]) => `${folder} ${breach}.`);

const published = (exports: Exports): Exports =>
  Object.fromEntries(
    Object.entries(exports).map(([path, { "@jobtrail/source": _source, ...conditions }]) => [path, conditions]),
  );

function dependencyBreach({ folder, manifest }: Package, name: string): string[] {
  const owner = shortName(manifest.name);
  const broken = reserved.filter((rule) => rule.name.test(name) && !rule.of.test(owner));
  if (!isBelow(name, owner)) return [`${folder} depends on ${name}, which is not below it.`];
  return broken.map(({ why }) => `${folder} depends on ${name}: ${why}.`);
}

/** Whether a package of this workspace stands below another; every other package does. */
const isBelow = (name: string, owner: string): boolean =>
  !name.startsWith("@jobtrail/") || (rankOf(name) ?? Number.POSITIVE_INFINITY) < (rankOf(owner) ?? -1);

function sourceBreaches({ folder, manifest }: Package, path: string, at: string): string[] {
  const owner = shortName(manifest.name);
  const isSystem = owner.startsWith("instrumentation-") && !path.endsWith("/observer.ts");
  const text = readFileSync(join(at, path), "utf8");
  const imported = importsIn(text).flatMap(({ from, isType }) => {
    const name = packageOf(from);
    if (from.startsWith("."))
      return relative(folder, join(dirname(path), from)).startsWith("..") ? [`${path} imports ${from}.`] : [];
    if (name !== manifest.name && !isBelow(name, owner)) return [`${path} imports ${from}, which is not below it.`];
    if (isSystem && !isType && !loadable.test(from)) return [`${path} loads ${from}: only its types may be imported.`];
    return [];
  });
  return [...imported, ...wordingBreaches(path, text)];
}

/** What the linter cannot see: names that say nothing, and exports that say nothing. */
function wordingBreaches(path: string, text: string): string[] {
  const lines = text.split("\n");
  const silent = lines
    .map((line, index) => ({
      name: /^export (?:declare )?(?:abstract )?(?:async )?\w+\*? (\w+)/.exec(line)?.[1],
      index,
    }))
    .filter(({ name, index }) => name !== undefined && !/\*\/$|^export .*\bfunction /.test(lines[index - 1] ?? ""));
  return [
    ...(/\/(utils?|helpers?|common|types?|managers?|base)\.ts$/.test(path)
      ? [`${path} has a name that says nothing.`]
      : []),
    ...(/\btrace\.(getActiveSpan|getTracer|setGlobal)/.test(text) &&
    !/\/(globals|sdk|context)\.ts$|^packages\/testing\//.test(path)
      ? [`${path} asks the API for what another version may have registered: take it from core's globals.ts.`]
      : []),
    ...(/^export \*/m.test(text) ? [`${path} exports everything of another file: name what it gives.`] : []),
    ...silent.map(({ name, index }) => `${path}:${index + 1} exports ${name} without a sentence about it.`),
  ];
}

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

/** Every static and dynamic import and re-export of a formatted file; examples in comments are none. */
function importsIn(text: string): Import[] {
  const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const statics = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamics = code.matchAll(/\b(?:import|require)\(\s*"([^"]+)"/g);
  return [
    ...[...statics].map(([, type, from = ""]) => ({ from, isType: type !== undefined })),
    ...[...dynamics].map(([, from = ""]) => ({ from, isType: false })),
  ];
}

if (import.meta.main) {
  const found = breaches();
  for (const breach of found) console.error(breach);
  if (found.length > 0) process.exitCode = 1;
}
