/** Writes the files of an instrumentation for another job system, and its row in the table of systems. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { projects } from "./generate/projects.ts";
import { classOf, filesOf } from "./new-system/files.ts";
import type { NewSystem } from "./new-system/files.ts";
import { root } from "./workspace.ts";

const help = `pnpm new-system <name> --module <npm name> --versions "<range>" [--service redis|postgres]

Writes packages/instrumentation-<name> and its row in packages/register/src/systems.ts, and installs
the library for its tests. The suite runs at once and says, case by case, what to write next.

  <name>      in lower case, words joined by hyphens, such as node-cron
  --module    the npm package that an app imports, such as node-cron
  --versions  the versions that are watched: ">=x.y.z <x[.y[.z]]", such as ">=4.0.0 <5"
  --service   what must run beside it: the suite starts it
  --no-install  leaves the library to you: pnpm add -D <npm name> in the new package`;

/** Adds a system to the workspace at this root. */
function add(system: NewSystem): void {
  const folder = join(root, "packages", `instrumentation-${system.name}`);
  for (const [path, text] of Object.entries(filesOf(system))) write(join(folder, path), text);
  edit("packages/register/src/systems.ts", (text) => withRow(text, system.name));
  edit("packages/register/package.json", (text) => withDependency(text, system.name));
  for (const { path, text } of projects(root)) write(join(root, path), text);
}

function withRow(text: string, name: string): string {
  const Class = classOf(name);
  const imported = `import { ${Class} } from "@jobtrail/instrumentation-${name}";`;
  const row = `  { name: "${name}", Instrumentation: ${Class}, loader: true },`;
  const imports = sorted(text, /(?:^import \{ \w+ \} from "@jobtrail\/instrumentation-.+";\n)+/m, imported);
  return sorted(imports, /(?:^ {2}\{ name: .+ \},\n)+/m, row);
}

/** Puts a line among lines that stand in order. */
function sorted(text: string, lines: RegExp, line: string): string {
  const found = lines.exec(text)?.[0];
  if (found === undefined) throw new Error(`packages/register/src/systems.ts has no place for: ${line}`);
  const all = [...found.trimEnd().split("\n"), line].sort((one, other) => key(one).localeCompare(key(other), "en"));
  return text.replace(found, `${all.join("\n")}\n`);
}

/** What import lines and rows are ordered by: the system's name in quotes. */
const key = (line: string): string => /"([^"]+)"/.exec(line)?.[1] ?? line;

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
}: NewSystem): string => `Written: packages/instrumentation-${name}, and its row in packages/register/src/systems.ts.

Next, again and again until it passes:
  pnpm exec vitest run packages/instrumentation-${name}
It says, case by case, what to write: the programs in test/programs.cjs, what is read in src/job.ts,
what is tapped in src/watch.ts, what is declared in src/system.ts. CONTRIBUTING.md has the way.
Last: pnpm format && pnpm generate && pnpm check`;

/** Installs the library for the package's tests. */
function install({ name, module }: NewSystem): void {
  const given = ["--filter", `@jobtrail/instrumentation-${name}`, "add", "-D", module];
  const { status } = spawnSync("pnpm", given, { cwd: root, stdio: "inherit" });
  if (status !== 0) console.error(`pnpm ${given.join(" ")} failed: run it again before the suite.`);
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
