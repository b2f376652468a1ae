/** Writes the files of an instrumentation for another job system, and its row in the table of systems. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { projects } from "./generate/projects.ts";
import { classOf, constantOf, filesOf } from "./new-system/files.ts";
import type { NewSystem } from "./new-system/files.ts";
import { root } from "./workspace.ts";

const help = `pnpm new-system <name> --module <npm name> --versions "<range>" [--service redis|postgres]

Writes packages/instrumentation-<name> and its row in packages/auto-instrumentations/src/systems.ts, and installs
the library for its tests. The suite runs at once and says, case by case, what to write next.

  <name>      in lower case, words joined by hyphens, such as node-cron
  --module    the npm package that an app imports, such as node-cron
  --versions  the versions that are watched: ">=x.y.z <x[.y[.z]]", such as ">=4.0.0 <5"
  --service   what must run beside it: the suite starts it
  --no-install  leaves the library to you: pnpm add -D <npm name> in the new package`;

/** The package that has a row for each system. */
const table = "packages/auto-instrumentations";

/** Adds a system to the workspace at this root. */
function add(system: NewSystem): void {
  const folder = join(root, "packages", `instrumentation-${system.name}`);
  for (const [path, text] of Object.entries(filesOf(system))) write(join(folder, path), text);
  const { name } = system;
  const from = `@jobtrail/instrumentation-${name}`;
  edit(`${table}/src/systems.ts`, (text) => withEntry(text, "systems", constantOf(name), `${from}/system`));
  edit(`${table}/src/index.ts`, (text) => withEntry(text, "classes", classOf(name), from));
  edit(`${table}/package.json`, (text) => withDependency(text, name));
  for (const { path, text } of projects(root)) write(join(root, path), text);
}

/** A file with one thing more in a list, and its import; both stay in order. */
function withEntry(text: string, list: string, entry: string, from: string): string {
  const found = new RegExp(`(const ${list}: readonly \\w+\\[\\] = \\[)([^\\]]*)(\\];)`).exec(text);
  const imports = /(?:^import \{ \w+ \} from "@jobtrail\/instrumentation-.+";\n)+/m.exec(text)?.[0];
  if (found === null || imports === undefined) throw new Error(`${table} has no list "${list}" for ${entry}.`);
  const [whole, begin, entries = "", end] = found;
  const all = sorted([...entries.split(",").map((each) => each.trim()), entry].filter((each) => each !== ""));
  const lines = sorted([...imports.trimEnd().split("\n"), `import { ${entry} } from "${from}";`]);
  return text.replace(whole, `${begin}${all.join(", ")}${end}`).replace(imports, `${lines.join("\n")}\n`);
}

const sorted = (texts: readonly string[]): string[] => texts.toSorted((one, other) => one.localeCompare(other, "en"));

function withDependency(text: string, name: string): string {
  const manifest = JSON.parse(text) as { dependencies: Record<string, string> };
  const dependencies = { ...manifest.dependencies, [`@jobtrail/instrumentation-${name}`]: "workspace:*" };
  const ordered = Object.entries(dependencies).sort(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(ordered) }, null, 2)}\n`;
}

function edit(path: string, change: (text: string) => string): void {
  const file = join(root, path);
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const names = {
  system: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  module: /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/,
  versions: /^>=\d+\.\d+\.\d+ <\d+(\.\d+){0,2}$/,
};

const options = {
  module: { type: "string" },
  versions: { type: "string" },
  service: { type: "string" },
  "no-install": { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** The system that the arguments name, or why they name none. */
function read(args: readonly string[]): (NewSystem & { readonly install: boolean }) | "help" | Error {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const { module = "", versions = "", service } = values;
    const name = positionals.join(" ");
    if (values.help === true) return "help";
    if (!names.system.test(name))
      return new Error(`"${name}" is no name: use lower case and hyphens, as in node-cron.`);
    if (existsSync(join(root, "packages", `instrumentation-${name}`)))
      return new Error(`packages/instrumentation-${name} exists already.`);
    if (!names.module.test(module)) return new Error(`--module is "${module}"; expected the name of an npm package.`);
    if (!names.versions.test(versions))
      return new Error(`--versions is "${versions}"; expected ">=x.y.z <x[.y[.z]]", such as ">=4.0.0 <5".`);
    if (service !== undefined && service !== "redis" && service !== "postgres")
      return new Error(`--service is "${service}"; expected redis or postgres.`);
    return { name, module, versions, service, install: values["no-install"] !== true };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const next = ({
  name,
}: NewSystem): string => `Written: packages/instrumentation-${name}, and its row in packages/auto-instrumentations/src/systems.ts.

Next, again and again until it passes:
  pnpm exec vitest run packages/instrumentation-${name}
It says, case by case, what to write: the programs in test/programs.cjs, what is read in src/job.ts,
what is tapped in src/watch.ts, what is declared in src/system.ts. CONTRIBUTING.md has the way.
Last: pnpm format && pnpm generate && pnpm check`;

/** Installs the library for the package's tests. */
function install({ name, module }: NewSystem): void {
  const given = ["--filter", `@jobtrail/instrumentation-${name}`, "add", "-D", module];
  // The second one lets the table find the new package.
  for (const args of [given, ["install"]]) {
    const { status } = spawnSync("pnpm", args, { cwd: root, stdio: "inherit" });
    if (status !== 0) console.error(`pnpm ${args.join(" ")} failed: run it again before the suite.`);
  }
}

const system = read(process.argv.slice(2));
if (system === "help") console.log(help);
else if (system instanceof Error) {
  console.error(`${system.message}\n\n${help}`);
  process.exitCode = 2;
} else {
  add(system);
  if (system.install) install(system);
  console.log(next(system));
}
