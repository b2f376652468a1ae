import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of the whole workspace. */
export const root: string = join(import.meta.dirname, "..");

/** What the tools read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: { readonly url?: string; readonly directory?: string };
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Exports;
  readonly publishConfig?: { readonly exports?: Exports };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** An exports field whose every entry is an object of conditions. */
export type Exports = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A package of the workspace: its folder below the root, and its manifest. */
export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The packages of code that are published, by folder. */
export const packages = (at: string = root): Package[] => matching("{packages/*,dashboards}/package.json", at);

/** The packages of data alone: they are published as they stand, with nothing to build. */
export const dataPackages = (at: string = root): Package[] => matching("collector/package.json", at);

const matching = (pattern: string, at: string): Package[] =>
  globSync(pattern, { cwd: at })
    .sort()
    .map((path) => ({
      folder: dirname(path),
      manifest: JSON.parse(readFileSync(join(at, path), "utf8")) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true);
