import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { faults } from "./pack.ts";

const manifest = {
  name: "@jobtrail/sample",
  version: "0.1.0",
  license: "Apache-2.0",
  type: "module",
  files: ["dist"],
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  dependencies: { "@jobtrail/core": "0.1.0" },
  engines: { node: ">=22.15" },
};
const files = {
  "README.md": "# Sample\n",
  LICENSE: "Apache License\n",
  "dist/index.js": "export const one = 1;\n",
  "dist/index.d.ts": "export declare const one: 1;\n",
};

test("a tarball that has all it names is fit", async () => {
  using tarball = pack({ ...files, "package.json": JSON.stringify(manifest) });
  expect(await faults(tarball.path)).toEqual([]);
});

test("what would break an install is named", async () => {
  const { "dist/index.js": _index, LICENSE: _license, ...rest } = files;
  const exports = { ".": { "@jobtrail/source": "./src/index.ts", ...manifest.exports["."] } };
  const dependencies = { "@jobtrail/core": "workspace:*" };
  using tarball = pack({ ...rest, "package.json": JSON.stringify({ ...manifest, exports, dependencies }) });
  expect(await faults(tarball.path)).toMatchInlineSnapshot(`
    [
      "It has no LICENSE.",
      "Its manifest names the condition @jobtrail/source.",
      "It depends on @jobtrail/core as workspace:*, which npm cannot install.",
      "pkg.exports["."].default is ./dist/index.js but the file does not exist.",
    ]
  `);
});

/** A tarball of these files, as npm makes them. */
function pack(contents: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-pack-"));
  for (const [name, text] of Object.entries(contents)) {
    const file = join(folder, "package", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const path = join(folder, "sample.tgz");
  execFileSync("tar", ["-czf", path, "-C", folder, "package"]);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
