import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "whole.js");

test("says nothing where the install is whole", () => {
  expect(run(script)).toEqual({ status: 0, said: "" });
});

test("says in one line what is missing and what to run", () => {
  using tree = workspace();
  expect(run(tree.script).said).toMatchInlineSnapshot(`
    "Nothing is installed: there is no node_modules. Run: pnpm install --frozen-lockfile
    "
  `);
  tree.install("node_modules/vitest");
  expect(run(tree.script).said).toMatchInlineSnapshot(`
    "The install is not whole: @jobtrail/conventions (of packages/core), fast-check (of packages/core) cannot be found. Run: pnpm install --frozen-lockfile
    "
  `);
  tree.install("packages/core/node_modules/@jobtrail/conventions");
  tree.install("packages/core/node_modules/fast-check");
  expect(run(tree.script)).toEqual({ status: 0, said: "" });
});

test("says on a Node that is too old which one is needed", () => {
  const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.20.2'}})";
  expect(run(script, ["--import", old])).toMatchInlineSnapshot(`
    {
      "said": "Node 20.20.2 runs this; the workspace needs Node 24 or later. Run: npx -y -p node@24 -p pnpm@12 -c "pnpm test"
    ",
      "status": 1,
    }
  `);
});

function run(path: string, options: readonly string[] = []): { status: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, [...options, path], { encoding: "utf8" });
  return { status, said: stderr };
}

interface Workspace extends Disposable {
  readonly script: string;
  install(folder: string): void;
}

/** A workspace of one package, with nothing installed. */
function workspace(): Workspace {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-whole-"));
  const write = (folder: string, manifest: object): void => {
    mkdirSync(join(path, folder), { recursive: true });
    writeFileSync(join(path, folder, "package.json"), JSON.stringify(manifest));
  };
  write(".", { type: "module", devDependencies: { vitest: "*" } });
  write("packages/core", { dependencies: { "@jobtrail/conventions": "*" }, devDependencies: { "fast-check": "*" } });
  mkdirSync(join(path, "tools"));
  copyFileSync(script, join(path, "tools/whole.js"));
  return {
    script: join(path, "tools/whole.js"),
    install: (folder) => write(folder, {}),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
