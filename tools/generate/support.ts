import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { includes } from "../../packages/instrumentation/src/system.ts";
import type { JobSystem, Variant } from "../../packages/instrumentation/src/system.ts";
import { rowOf, variantOf } from "../../packages/testing/src/harness.ts";
import type { Harness } from "../../packages/testing/src/harness.ts";
import type { Case, Row } from "../../packages/testing/src/table.ts";
import { results } from "../../test/versions/results.ts";
import { root } from "../workspace.ts";
import { table } from "./markdown.ts";

/** A variant of a system, as its package declares it and tests it. */
export interface Watched {
  /** The npm name of the package that watches it. */
  readonly package: string;
  readonly system: JobSystem;
  readonly variant: Variant;
  readonly cases: Row;
  /** The versions with which the suite was run, oldest first. */
  readonly versions: readonly string[];
}

const folders = globSync("packages/instrumentation-*", { cwd: root }).sort();

/** Every variant that has a harness, in the order of the packages' names. */
export const watched: readonly Watched[] = (await Promise.all(folders.map(variantsIn))).flat();

/** What each column of the support table says, by what a variant declares that its hooks see and by what its suite proves. */
const columns: readonly (readonly [name: string, holds: (each: Watched) => boolean])[] = [
  ["spans", proves("identity")],
  ["link", proves("context")],
  ["records", proves("order")],
  ["metrics", proves("names")],
  ["retries", proves("retries")],
  ["stalls", sees("job.stalled")],
  ["removals", sees("job.removed")],
  ["crash", proves("killed")],
  ["schedules", sees("job.schedule.created")],
  ["ESM", proves("host")],
  ["CommonJS", proves("host")],
];

/** What is supported of each system, and the versions that were run. */
export const supportTable = (): string =>
  table(
    ["system", ...columns.map(([name]) => name), "versions tested"],
    watched.map((each) => [
      each.variant.name,
      ...columns.map(([, holds]) => (holds(each) ? "✓" : "–")),
      each.versions.join(", "),
    ]),
  );

function proves(name: Case): (each: Watched) => boolean {
  return ({ cases }) => cases[name] === "must";
}

function sees(event: Variant["sees"][number]): (each: Watched) => boolean {
  return ({ variant }) => variant.sees.includes(event);
}

async function variantsIn(folder: string): Promise<Watched[]> {
  const exported = (await import(join(root, folder, "test/harness.ts"))) as Readonly<Record<string, Harness>>;
  // Not every loader gives the exports of a module in the same order.
  const harnesses = Object.entries(exported).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return harnesses.map(([, harness]) => {
    const system = harness.system as JobSystem;
    const { name } = variantOf(harness);
    const variant = system.variants.find((each) => each.name === name);
    if (variant === undefined) throw new Error(`${dirname(folder)} has no variant ${name}.`);
    const versions = versionsOf(variant);
    return { package: `@jobtrail/${basename(folder)}`, system, variant, cases: rowOf(harness), versions };
  });
}

/** The versions that the workspace installs, those that tests install outside of it, and those that `pnpm proof:versions` ran. */
function versionsOf({ module, versions }: Variant): readonly string[] {
  const run = results().flatMap(({ library, version }) => (library === module ? [version] : []));
  const all = [...installed(), ...outside(), ...run.map((version) => [module, version] as const)];
  const own = all.flatMap(([name, version]) => (name === module && includes(versions, version) ? [version] : []));
  return [...new Set(own)].toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
}

/** The libraries of the workspace's catalog by their npm names: `bullmq-5: npm:bullmq@5.81.5` is one of bullmq. */
function installed(): readonly (readonly [name: string, version: string])[] {
  const { catalog } = parse(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")) as {
    readonly catalog: Readonly<Record<string, string>>;
  };
  return Object.entries(catalog).map(([key, wanted]) => {
    const [, alias, version] = /^npm:(.+)@(.+)$/.exec(wanted) ?? [];
    return [alias ?? key, (version ?? wanted).replace(/^[~^]/, "")] as const;
  });
}

/** What `test/<framework>/<major>/package.json` names with one exact version. */
function outside(): readonly (readonly [name: string, version: string])[] {
  return globSync("test/*/*/package.json", { cwd: root }).flatMap((path) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, path), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    return Object.entries(dependencies).filter(([, wanted]) => /^\d/.test(wanted));
  });
}
