import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { includes } from "../../packages/instrumentation/src/system.ts";
import type { JobSystem } from "../../packages/instrumentation/src/system.ts";
import type { Harness } from "@jobtrail/testing";
import { root } from "../../tools/workspace.ts";

const execute = promisify(execFile);

/** A library whose versions are tried: those that the package.json in the folder of its name lists. */
export interface Library {
  /** As npm knows it. */
  readonly name: string;
  readonly system: JobSystem;
  /** How its own package tests it. A version may need other programs, or have cases that cannot hold for it. */
  readonly harnessOf: (version: string) => Omit<Harness, "fixtures" | "variant">;
  /** The file with the suite's programs, from the root. */
  readonly programs: (version: string) => string;
  /** The versions that `pnpm test` tries. */
  readonly short: readonly string[];
}

/** A version that is installed and can be tried. */
export interface Tried {
  readonly library: string;
  readonly version: string;
  readonly harness: Harness;
}

/** All versions of a library that are tried, oldest first. */
export function versionsOf({ name }: Library): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, name, "package.json"), "utf8");
  const { dependencies } = JSON.parse(text) as { readonly dependencies: Readonly<Record<string, string>> };
  return Object.values(dependencies)
    .map((wanted) => wanted.slice(wanted.lastIndexOf("@") + 1))
    .toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
}

/** What tries a version. It must be installed before the suite runs. */
export function triedOf(library: Library, version: string): Tried {
  const { name, system, harnessOf } = library;
  const variant = system.variants.find((each) => each.module === name && includes(each.versions, version));
  if (variant === undefined)
    throw new Error(`${name} ${version} is none of the versions that ${system.package} names.`);
  const fixtures = pathToFileURL(join(folderOf(name), version, "/"));
  return { library: name, version, harness: { ...harnessOf(version), variant: variant.name, fixtures } };
}

const folderOf = (name: string): string => join(root, ".cache/versions", name);

/**
 * Installs all versions of a library by the lockfile in its folder, outside the workspace, and writes a fixture for
 * each. What is installed is kept from one run to the next for as long as the lockfile is the same.
 */
export async function install(library: Library): Promise<void> {
  const { name } = library;
  const from = join(import.meta.dirname, name);
  const to = folderOf(name);
  const mark = join(to, "installed.yaml");
  const lock = readFileSync(join(from, "pnpm-lock.yaml"), "utf8");
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true });
  if (!existsSync(mark) || readFileSync(mark, "utf8") !== lock) {
    await execute("pnpm", ["install", "--frozen-lockfile", "--ignore-scripts", "--prefer-offline"], { cwd: to });
    writeFileSync(mark, lock);
  }
  for (const version of versionsOf(library)) writeFixtures(library, version, join(to, version));
}

/** An app's folder with this version, and the programs of the suite with its ES module and with its CommonJS module. */
function writeFixtures({ name, programs }: Library, version: string, folder: string): void {
  const installed = join(folder, "node_modules", name);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  rmSync(installed, { force: true });
  symlinkSync(join(folderOf(name), "node_modules", `${name}-${version}`), installed);
  const from = JSON.stringify(join(root, programs(version)));
  const library = JSON.stringify(name);
  const cjs = [
    `const library = require(${library});`,
    `const { programs } = require(${from});`,
    "void programs(library)[process.argv[2]]();",
  ];
  const esm = [
    `import * as library from ${library};`,
    `import { programs } from ${from};`,
    "await programs(library)[process.argv[2]]();",
  ];
  writeFileSync(join(folder, "fixture.cjs"), `${cjs.join("\n")}\n`);
  writeFileSync(join(folder, "fixture.mjs"), `${esm.join("\n")}\n`);
}
