import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { breaches } from "./layers.ts";

test("no package of this workspace breaks the order of the layers", () => {
  expect(breaches()).toEqual([]);
});

test("a package that keeps every rule has no breach", () => {
  using tree = plant({ "packages/core": core });
  expect(breaches(tree.path)).toEqual([]);
});

test("a dependency that goes up or sideways, or belongs to others, is named", () => {
  const dependencies = {
    "@jobtrail/register": "*",
    "@jobtrail/testing": "*",
    "@opentelemetry/sdk-trace": "*",
    zod: "*",
  };
  const instrumentation = manifest("@jobtrail/instrumentation", { dependencies });
  using tree = plant({ "packages/instrumentation": { manifest: instrumentation } });
  expect(breaches(tree.path)).toEqual([
    "packages/instrumentation depends on @jobtrail/register, which is not below it.",
    "packages/instrumentation depends on @jobtrail/testing, which is not below it.",
    "packages/instrumentation depends on @opentelemetry/sdk-trace: only register and testing bring an SDK.",
    "packages/instrumentation depends on zod: only schemas, bridge, joblog and cli validate with zod.",
  ]);
});

test("testing is for development, even above it", () => {
  const register = manifest("@jobtrail/register", { dependencies: { "@jobtrail/testing": "*" } });
  using tree = plant({ "packages/register": { manifest: register } });
  expect(breaches(tree.path)).toEqual(["packages/register depends on @jobtrail/testing: testing is for development."]);
});

test("an import that goes up, sideways or out of the package is named; one in a comment or a test is not", () => {
  const source = [
    `// import { a } from "@jobtrail/cli";`,
    `/** import { b } from "@jobtrail/cli"; */`,
    `import type { JobLog } from "@jobtrail/joblog";`,
    `export { one } from "../../otlp/src/one.ts";`,
    `void import("@jobtrail/schemas/devo");`,
  ];
  const files = { "src/index.ts": source.join("\n"), "src/index.test.ts": `import "@jobtrail/testing";` };
  using tree = plant({ "packages/core": { ...core, files } });
  expect(breaches(tree.path)).toEqual([
    "packages/core/src/index.ts imports @jobtrail/joblog, which is not below it.",
    "packages/core/src/index.ts imports ../../otlp/src/one.ts.",
    "packages/core/src/index.ts imports @jobtrail/schemas/devo, which is not below it.",
  ]);
});

test("an instrumentation loads its job system only where it observes from outside", () => {
  const files = {
    "src/index.ts": `import type { Queue } from "bullmq";\nimport { Job } from "bullmq";\nimport "node:fs";`,
    "src/observer.ts": `import { QueueEvents } from "bullmq";`,
  };
  using tree = plant({
    "packages/instrumentation-bullmq": { manifest: manifest("@jobtrail/instrumentation-bullmq"), files },
  });
  expect(breaches(tree.path)).toEqual([
    "packages/instrumentation-bullmq/src/index.ts loads bullmq: only its types may be imported.",
  ]);
});

test("files that import each other in a circle are named, types too", () => {
  const one = `import type { Two } from "./two.ts";\nexport type { One } from "./one.ts";`;
  const files = {
    "src/index.ts": `export { one } from "./one.ts";`,
    "src/one.ts": one,
    "src/two.ts": `import "./one.ts";`,
  };
  using tree = plant({ "packages/core": { ...core, files } });
  expect(breaches(tree.path)).toEqual([
    "packages/core/src/one.ts → packages/core/src/two.ts → packages/core/src/one.ts import each other in a circle.",
    "packages/core/src/one.ts → packages/core/src/one.ts import each other in a circle.",
  ]);
});

test("a file or an export that says nothing is named", () => {
  const source = `/** Says one. */\nexport const one = 1;\nexport async function two() {}\nexport * from "./utils.ts";`;
  const files = { "src/index.ts": source, "src/utils.ts": "" };
  using tree = plant({ "packages/core": { ...core, files } });
  expect(breaches(tree.path)).toEqual([
    "packages/core/src/index.ts exports everything of another file: name what it gives.",
    "packages/core/src/index.ts:3 exports two without a sentence about it.",
    "packages/core/src/utils.ts has a name that says nothing.",
  ]);
});

test("a package whose version is not the others' is named", () => {
  const later = manifest("@jobtrail/otlp", { version: "0.2.0" });
  using tree = plant({ "packages/core": core, "packages/otlp": { manifest: later } });
  expect(breaches(tree.path)).toEqual(["packages/otlp has the version 0.2.0; expected 0.1.0."]);
});

test("a package without rank, README or a right manifest is named", () => {
  const exports = { ".": { types: "./dist/index.d.ts", "@jobtrail/source": "./src/index.ts" } };
  using tree = plant({
    "packages/odd": {
      manifest: { ...manifest("@jobtrail/extra"), description: "", license: "MIT", engines: {}, exports },
      readme: false,
    },
  });
  expect(breaches(tree.path)).toMatchInlineSnapshot(`
    [
      "packages/odd has no rank: add it to tools/layers.ts.",
      "packages/odd is called @jobtrail/extra.",
      "packages/odd has no README.md.",
      "packages/odd has no description.",
      "packages/odd has no repository and homepage of its own folder.",
      "packages/odd has the license MIT; expected Apache-2.0.",
      "packages/odd has the engine undefined; expected >=22.15.",
      "packages/odd has an export whose first condition is not @jobtrail/source.",
      "packages/odd has a publishConfig whose exports are not its exports without @jobtrail/source.",
    ]
  `);
});

interface Planted {
  readonly manifest: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly readme?: boolean;
}

const manifest = (name: string, more: object = {}): object => ({
  name,
  version: "0.1.0",
  description: "A package.",
  license: "Apache-2.0",
  homepage: `https://example.org/packages/${name.replace("@jobtrail/", "")}#readme`,
  repository: { directory: `packages/${name.replace("@jobtrail/", "")}` },
  engines: { node: ">=22.15" },
  exports: { ".": { "@jobtrail/source": "./src/index.ts", default: "./dist/index.js" } },
  publishConfig: { exports: { ".": { default: "./dist/index.js" } } },
  ...more,
});

const core: Planted = {
  manifest: manifest("@jobtrail/core", { dependencies: { "@jobtrail/conventions": "*" } }),
  files: { "src/index.ts": `export { names } from "@jobtrail/conventions";\nexport { one } from "./one.ts";` },
};

/** A tree of packages in a temporary folder. */
function plant(tree: Readonly<Record<string, Planted>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-layers-"));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  };
  for (const [folder, { manifest: text, files = {}, readme = true }] of Object.entries(tree)) {
    write(`${folder}/package.json`, JSON.stringify(text));
    if (readme) write(`${folder}/README.md`, "# A package\n");
    for (const [name, content] of Object.entries(files)) write(`${folder}/${name}`, content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
