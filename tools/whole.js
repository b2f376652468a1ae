// Plain JavaScript without dependencies, so that an old Node reads it far enough to say what is wrong.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const neededNode = 24;
const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");

/** What keeps the commands of this workspace from running, or nothing. */
function whatIsWrong() {
  if (Number.parseInt(process.versions.node, 10) < neededNode)
    return `Node ${process.versions.node} runs this; the workspace needs Node ${neededNode} or later. Run: npx -y -p node@24 -p pnpm@12 -c "pnpm test"`;
  if (!existsSync(join(root, "node_modules")))
    return "Nothing is installed: there is no node_modules. Run: pnpm install --frozen-lockfile";
  const missing = members().flatMap(missingIn);
  if (missing.length === 0) return undefined;
  return `The install is not whole: ${missing.slice(0, 3).join(", ")}${
    missing.length > 3 ? ` and ${missing.length - 3} more` : ""
  } cannot be found. Run: pnpm install --frozen-lockfile`;
}

/** The folders that have a manifest, as pnpm-workspace.yaml lists them. */
const members = () =>
  [".", "collector", "test", join("examples", "shop"), ...below("packages")].filter((folder) =>
    existsSync(join(root, folder, "package.json")),
  );

const below = (folder) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => join(folder, name)) : [];

/** pnpm links each declared dependency into the member's own node_modules. */
function missingIn(folder) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => !existsSync(join(root, folder, "node_modules", name, "package.json")))
    .map((name) => `${name} (of ${folder === "." ? "the root" : folder})`);
}

const wrong = whatIsWrong();
if (wrong !== undefined) {
  console.error(wrong);
  process.exitCode = 1;
}
