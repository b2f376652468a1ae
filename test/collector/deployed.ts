import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import type { Stack } from "../../packages/cli/src/collector/stack.ts";
import type { Tier } from "../../packages/cli/src/collector/tier.ts";
import { folder } from "./collector.ts";
import { variablesIn } from "./manifest.ts";

/** The folders that a user copies and applies. */
export const examples = [
  "kubernetes/example",
  "kubernetes/example-kafka",
  "operator/example",
  "operator/example-kafka",
] as const;

/** A copy of `collector/deploy` whose examples have what the page lets a user make. */
export interface Copy extends Disposable {
  readonly path: string;
  /** Has the `jobtrail` command, from source. */
  readonly env: Readonly<Record<string, string>>;
}

/** Does what the page says up to `kubectl apply`. */
export function copy(): Copy {
  const root = mkdtempSync(join(tmpdir(), "jobtrail-deploy-"));
  const path = join(root, "deploy");
  const env = { PATH: `${commandIn(root)}:/usr/bin:/bin` };
  cpSync(join(folder, "deploy"), path, { recursive: true });
  for (const example of examples) {
    const within = join(path, example);
    copyFileSync(join(within, "gateway-secret.example.env"), join(within, "gateway-secret.env"));
    for (const name of ["agent", "gateway"] as const) {
      const words = optionsIn(join(within, `${name}.env`)).split(" ");
      const [command = "", ...args] = example.startsWith("operator")
        ? ["../resource.sh", `jobtrail-${name}`, ...words]
        : ["jobtrail", "collector", "config", ...words, "--print", "config"];
      writeFileSync(join(within, `${name}.yaml`), execFileSync(command, args, { cwd: within, env }));
    }
  }
  return { path, env, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** A folder for PATH that has the `jobtrail` command, from source. */
export function commandIn(root: string): string {
  const bin = join(root, "bin");
  const program = join(folder, "../packages/cli/src/main.ts");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "jobtrail"),
    `#!/bin/sh\nexec "${process.execPath}" --conditions=@jobtrail/source "${program}" "$@"\n`,
  );
  chmodSync(join(bin, "jobtrail"), 0o755);
  return bin;
}

/** The options of `jobtrail collector config` that a file of variables holds. */
export const optionsIn = (file: string): string => variablesIn(readFileSync(file, "utf8"))["JOBTRAIL_STACK"] ?? "";

/** The stack that options name. */
export function stackIn(options: string): Stack {
  const given: Record<string, string[]> = {};
  let values: string[] = [];
  for (const word of options.split(" ")) {
    if (word.startsWith("--")) values = given[word.slice(2)] ??= [];
    else values.push(word);
  }
  const { tier = ["agent"], backend = [], with: fragments = [] } = given;
  return stackOf(tier[0] as Tier, backend, fragments);
}

/** Runs a line as a shell does, with these variables alone. */
export function shell(
  line: string,
  env: Readonly<Record<string, string>>,
): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", env });
  return { status, said: stdout + stderr };
}
