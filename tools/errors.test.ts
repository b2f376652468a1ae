import { existsSync, globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, it } from "vitest";
import { settings } from "../packages/conventions/src/settings.ts";
import { catalogues } from "./generate/errors.ts";

const root = join(import.meta.dirname, "..");

/** A code of an error, at the beginning of a line or as a text by itself; variables are read from an environment. */
const code = /(?<!env\[)["'`](JOBTRAIL_[A-Z_]+)(?:: |["'`])/g;

const variables: ReadonlySet<string> = new Set([
  ...settings.map(({ variable }) => variable),
  ...globSync("packages/*/src/**/*.ts", { cwd: root })
    .flatMap((path) => [...readFileSync(join(root, path), "utf8").matchAll(/\benv(?:\.|\[")(JOBTRAIL_[A-Z_]+)/g)])
    .map(([, name = ""]) => name),
  // What runs a Collector reads these from its files.
  "JOBTRAIL_COLLECTOR_OTLP_HEADERS",
  "JOBTRAIL_OTELCOL",
]);

/** The codes that a package's code names, without its catalogue and its tests. */
const codesIn = (name: string): ReadonlySet<string> =>
  new Set(
    globSync(`packages/${name}/src/**/*.ts`, { cwd: root })
      .filter((path) => !path.endsWith(".test.ts") && !path.endsWith(`${sep}src${sep}errors.ts`))
      .flatMap((path) => [...withoutComments(readFileSync(join(root, path), "utf8")).matchAll(code)])
      .map(([, found = ""]) => found)
      .filter((found) => !variables.has(found)),
  );

/** Examples in comments name codes of their own. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "");
}

const packages = globSync("packages/*/src", { cwd: root }).map((path) => path.split(sep)[1] ?? "");

/** The codes in a package's own catalogue. Two packages may meet the same fault, and have its code both. */
const cataloguedIn = (name: string): readonly string[] => Object.keys(catalogues[name]?.catalogue ?? {});

it("has the catalogue of every package that has one", () => {
  const having = packages.filter((name) => existsSync(join(root, "packages", name, "src/errors.ts")));
  expect(Object.keys(catalogues).toSorted()).toEqual(having.toSorted());
});

it("has every code that a package uses in that package's catalogue", () => {
  const missing = packages.flatMap((name) =>
    [...codesIn(name)].filter((found) => !cataloguedIn(name).includes(found)).map((found) => `${name}: ${found}`),
  );
  expect(missing).toEqual([]);
});

it("has no code that nothing uses", () => {
  const unused = Object.entries(catalogues).flatMap(([name, { catalogue }]) => {
    const text = readFileSync(join(root, "packages", name, "src/errors.ts"), "utf8");
    const used = codesIn(name);
    // A catalogue's own file may use a code, in a table from the system's codes.
    return Object.keys(catalogue).filter((each) => !used.has(each) && text.split(each).length <= 2);
  });
  expect(unused).toEqual([]);
});
