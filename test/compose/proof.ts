/**
 * Makes the images of the Dockerfile without Docker: each instruction is run in a folder that stands for the image, and
 * the command and the worker's module are then started from there. `pnpm proof:compose`
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dockerfileIn, make, wordsOf } from "./image.ts";

const source = join(import.meta.dirname, "../..");
const root = mkdtempSync(join(tmpdir(), "jobtrail-image-"));
const context = join(root, "context");
const say = (line: string): void => console.log(line);

/** What Git knows stands for what `.dockerignore` lets through. */
function copyContext(): void {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: source, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const file of files) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    cpSync(join(source, file), join(context, file), { verbatimSymlinks: true });
  }
}

function started(stage: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(args[0] ?? "", args.slice(1), {
    cwd,
    encoding: "utf8",
    env: { PATH: `${join(root, "opt/jobtrail/node_modules/.bin")}:${process.env["PATH"]}`, HOME: root },
  });
  if (status !== 0) throw new Error(`${stage}: ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

try {
  copyContext();
  const stages = dockerfileIn(context);
  for (const stage of stages) {
    say(`FROM ${stage.from} AS ${stage.name}`);
    make(stage, { context, root, say });
  }
  const [command, worker] = ["command", "worker"].map((name) => stages.find((each) => each.name === name));
  if (command === undefined || worker === undefined) throw new Error("The Dockerfile lacks a stage.");
  const listed = started("command", [...wordsOf(command, "ENTRYPOINT"), "collector", "backends"], root);
  say(`command: ${listed.trimEnd().split("\n").length - 1} backends`);
  const printed = started(
    "command",
    [...wordsOf(command, "ENTRYPOINT"), "collector", "config", "--backend", "joblog"],
    root,
  );
  say(`command: ${printed.split("\n").length} lines of a configuration`);
  const [node = "", ...args] = wordsOf(worker, "CMD").slice(0, -1);
  started("worker", [node, ...args, "--input-type=module", "--eval", `await import("bullmq")`], join(root, "app"));
  say("worker: starts under @jobtrail/register, with BullMQ");
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}
