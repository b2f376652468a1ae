/** Writes the files of an instrumentation for another job system, and its row in the table of systems. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { projects } from "./generate/projects.ts";
import { classOf, filesOf } from "./new-system/files.ts";
import type { NewSystem } from "./new-system/files.ts";
import { root } from "./workspace.ts";

const help = `pnpm new-system <name> --module <npm name> --versions "<range>"

Writes packages/instrumentation-<name> and its row in packages/register/src/systems.ts.

  <name>      in lower case, words joined by hyphens, such as node-cron
  --module    the npm package that an app imports, such as node-cron
  --versions  the semver range that is watched, such as ">=4.0.0 <5"`;

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
  versions: /^[<>=^~\d][\d.x*<>=^~| -]*$/,
};

/** The system that the arguments name, or why they name none. */
function read(args: readonly string[]): NewSystem | "help" | Error {
  try {
    const options = { module: { type: "string" }, versions: { type: "string" }, help: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const { module = "", versions = "" } = values;
    const name = positionals.join(" ");
    if (values.help === true) return "help";
    if (!names.system.test(name))
      return new Error(`"${name}" is no name: use lower case and hyphens, as in node-cron.`);
    if (existsSync(join(root, "packages", `instrumentation-${name}`)))
      return new Error(`packages/instrumentation-${name} exists already.`);
    if (!names.module.test(module)) return new Error(`--module is "${module}"; expected the name of an npm package.`);
    if (!names.versions.test(versions))
      return new Error(`--versions is "${versions}"; expected a semver range, such as ">=4.0.0 <5".`);
    return { name, module, versions };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const next = ({
  name,
  module,
}: NewSystem): string => `Written: packages/instrumentation-${name}, and its row in packages/register/src/systems.ts.

Next:
  1. pnpm --filter @jobtrail/instrumentation-${name} add -D ${module}
  2. Watch it in packages/instrumentation-${name}/src/index.ts: what it sees, where the carrier goes, what is wrapped.
     packages/instrumentation-croner is the smallest that stands.
  3. Write the fixture's programs in its test folder, and its row in packages/testing/src/table.ts.
     Without a loader hook it is reached? Then set loader: false in its row in systems.ts.
  4. pnpm format && pnpm generate && pnpm check && pnpm exec vitest run packages/instrumentation-${name}`;

const system = read(process.argv.slice(2));
if (system === "help") console.log(help);
else if (system instanceof Error) {
  console.error(`${system.message}\n\n${help}`);
  process.exitCode = 2;
} else {
  add(system);
  console.log(next(system));
}
