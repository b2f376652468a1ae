import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { reportDescriptor, variable } from "./plan.ts";
import type { Plan, Report } from "./plan.ts";

/** A process to start: Node with a program, and the preload where it is to be watched. */
export interface Start {
  /** Node's arguments: the program's file and its arguments, or `-e` and a text. */
  readonly given: readonly string[];
  /** A folder from which the program resolves what it imports. */
  readonly cwd: URL;
  readonly env: Readonly<Record<string, string>>;
  /** Absent for a process that nobody watches. */
  readonly plan?: Plan;
  /** The path of another Node. */
  readonly node?: string | undefined;
}

/** A process that has ended. */
export interface Ended {
  /** The lines that the host printed. */
  readonly lines: readonly string[];
  readonly errors: string;
  /** The exit code, or the signal that ended it. */
  readonly with: number | NodeJS.Signals;
  /** What the preload reported; absent where there was none or the process was killed. */
  readonly report?: Report;
}

/** A process at work. */
export interface Child {
  readonly ended: Promise<Ended>;
  kill(): void;
}

/** This package's own files run as they are: as TypeScript in the workspace, built when it is installed. */
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const preload = new URL(`./preload.${extension}`, import.meta.url).href;
const unbuilt = extension === "ts" ? ["--conditions=@jobtrail/source"] : [];
/** Node 22.15 runs TypeScript only when it is told to. */
const older = [...unbuilt, ...(extension === "ts" ? ["--experimental-strip-types", "--no-warnings"] : [])];

/** Starts a process with nothing in its environment but what it needs. */
export function start({ given, cwd, env, plan, node }: Start): Child {
  const watched = plan === undefined ? [] : ["--import", preload];
  const flags = node === undefined ? unbuilt : older;
  const child = spawn(node ?? process.execPath, [...flags, ...watched, ...given], {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      ...env,
      ...(plan !== undefined && { [variable]: JSON.stringify(plan) }),
    },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const orphaned = (): boolean => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const over = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
  }).finally(() => process.removeListener("exit", orphaned));
  const streams = [1, 2, reportDescriptor].map((descriptor) => child.stdio[descriptor] as Readable);
  return { ended: ending(over, streams), kill: () => void child.kill("SIGKILL") };
}

async function ending(over: Promise<number | NodeJS.Signals>, streams: readonly Readable[]): Promise<Ended> {
  const [end, out = "", errors = "", report = ""] = await Promise.all([over, ...streams.map((stream) => text(stream))]);
  return {
    lines: out.split("\n").filter((line) => line !== ""),
    errors,
    with: end,
    ...(report !== "" && { report: JSON.parse(report) as Report }),
  };
}
