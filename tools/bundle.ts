/** Makes one file of each door of the packages that an app loads at its start: there, each file costs half a millisecond. */
import { globSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { packages, root } from "./workspace.ts";
import type { Package } from "./workspace.ts";

/** The packages that `node --import @jobtrail/register` may load. */
const bundled = /^(conventions|core|otlp|delivery|instrumentation.*|auto-instrumentations|register)$/;

/** Files that are loaded by their path, and must stay files of their own. */
const loadedByPath: Readonly<Record<string, readonly string[]>> = {
  register: ["start", "watch", "own", "sdk", "loader"],
};

/**
 * Data and pure functions that are read at each start, whatever the app loads: whoever reads them takes them in. All
 * else is loaded once in a process, since it holds what the parts share.
 */
const pure =
  /^@jobtrail\/(instrumentation(-.+)?\/system|auto-instrumentations\/systems|conventions\/settings|core\/clock)$/;

/**
 * What stays outside. Of OpenTelemetry's API only the pure parts are used, which are alike in all its versions; loading
 * its 58 files costs 20 ms, so they are taken in.
 */
const external = (id: string): boolean => /^[^./]/.test(id) && id !== "@opentelemetry/api" && !pure.test(id);

/** Bundles the built packages in their place; what several doors share is a file beside them, and loaded once. */
export async function bundle(at: string = root): Promise<void> {
  for (const each of packages(at)) if (bundled.test(basename(each.folder))) await bundleOne(each, at);
}

async function bundleOne({ folder, manifest }: Package, at: string): Promise<void> {
  const dist = join(at, folder, "dist");
  const doors = Object.values(manifest.exports ?? {}).map((conditions) => conditions["default"] ?? "");
  const paths = [...doors, ...(loadedByPath[basename(folder)] ?? []).map((name) => `dist/${name}.js`)];
  const input = Object.fromEntries(
    paths.map((path) => [path.replace(/^(\.\/)?dist\//, "").replace(/\.js$/, ""), join(at, folder, path)]),
  );
  const build = await rolldown({ input, external, platform: "node" });
  const { output } = await build.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "shared-[hash].js",
  });
  await build.close();
  for (const path of globSync("**/*.js", { cwd: dist })) rmSync(join(dist, path));
  for (const each of output.filter((file) => file.type === "chunk")) {
    const isForAnyNode = basename(folder) === "register" && each.fileName === "index.js";
    writeFileSync(join(dist, each.fileName), isForAnyNode ? each.code : withoutFacades(each.code));
  }
}

/**
 * The text of a file, with Node's own modules taken from where they are: an ES module's import of one reads everything
 * that it gives, which loads what nobody asked for. Of `node:fs`, `node:util` and `node:process` that is 3 to 6 ms each.
 * The first file of `register` is read by older Nodes too, which have no other way.
 */
const withoutFacades = (code: string): string =>
  code.replace(
    /^import (?:(\w+)(?:, )?)?(\{.*\})? ?(?:from )?"(node:[^"]+)";$/gm,
    (_, whole: string | undefined, named: string | undefined, id: string) => {
      const from = `process.getBuiltinModule("${id}")`;
      return [
        ...(whole === undefined ? [] : [`const ${whole} = ${from};`]),
        ...(named === undefined ? [] : [`const ${named.replaceAll(" as ", ": ")} = ${whole ?? from};`]),
      ].join(" ");
    },
  );

if (import.meta.main) await bundle();
