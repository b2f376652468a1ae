import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

/** The flag's module, as it stands in the workspace. */
export const register: string = join(import.meta.dirname, "../src/index.ts");

const packages = join(import.meta.dirname, "../node_modules");

/** An app in a folder of its own. */
export interface App {
  /** Its files by path; the first is run, as an ES module unless it ends in .cjs. */
  readonly files: Readonly<Record<string, string>>;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own arguments, besides the flag; without the flag by `flag: false`. */
  readonly node?: readonly string[];
  readonly flag?: boolean;
  /** Whether anyone reads its standard error; without a reader the pipe is closed from the start. */
  readonly readsErrors?: boolean;
}

/** A process that has ended. */
export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly with: number | NodeJS.Signals;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

const deadlineMs = 30_000;

/** Runs an app with the flag to its end. The packages that this one knows can be imported, its own files first. */
export async function run({ files, manifest, env, node = [], flag = true, readsErrors = true }: App): Promise<Ended> {
  const folder = folderOf(files, manifest);
  const main = join(folder, Object.keys(files)[0] ?? "");
  const start = performance.now();
  const given = ["--conditions=@jobtrail/source", ...(flag ? ["--import", register] : []), ...node, main];
  const child = spawn(process.execPath, given, {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: deadlineMs,
    killSignal: "SIGKILL",
  });
  if (!readsErrors) child.stderr.destroy();
  const [end, out, err] = await Promise.all([
    new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
    }),
    text(child.stdout),
    readsErrors ? text(child.stderr) : "",
  ]);
  rmSync(folder, { recursive: true, force: true });
  return { with: end, out, err, ms: performance.now() - start };
}

function folderOf(files: App["files"], manifest: App["manifest"]): string {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-app-"));
  const known = [
    "@opentelemetry",
    "@jobtrail",
    "bullmq",
    "@agendajs",
    "agenda",
    "croner",
    "graphile-worker",
    "ioredis",
  ];
  const all = { ...files, ...(manifest && { "package.json": JSON.stringify(manifest) }) };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const name of known)
    if (!Object.keys(files).some((path) => path.startsWith(`node_modules/${name}/`)))
      symlinkSync(join(packages, name), join(folder, "node_modules", name));
  return folder;
}

/** A program in which one run of the schedule "tick" has ended, without a server. */
export const tick = `
import { Cron } from "croner";
const tick = new Cron("0 0 1 1 *", { name: "tick" }, () => {});
await tick.trigger();
`;

/** The same as a CommonJS program, followed by another. */
export const requiredTick = (then = ""): string => `
const { Cron } = require("croner");
const tick = new Cron("0 0 1 1 *", { name: "tick" }, () => {});
tick.trigger().then(() => { ${then} });
`;
