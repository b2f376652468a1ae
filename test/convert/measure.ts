import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { root } from "../../tools/workspace.ts";

/** What a conversion took. */
export interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
  /** What it said, from its last line: how many it wrote and passed over. */
  readonly written: number;
  readonly others: number;
}

/** What is set where a schema names whose jobs they are. */
const identity = { JOBTRAIL_TENANT: "tenant", JOBTRAIL_ACCOUNT: "4201" };

// Stripping the types of the sources takes 30 MB that the built command never takes. What it gives is kept here.
const compileCache = join(root, "node_modules/.cache/jobtrail-compile");

/**
 * Runs `jobtrail convert` as a process, with its output in a file, or nowhere.
 * @throws Error where it does not end with 0.
 */
export async function measured(args: readonly string[], output?: string): Promise<Measured> {
  const start = performance.now();
  const out = output === undefined ? "ignore" : openSync(output, "w");
  const child = spawn(
    process.execPath,
    [
      "--conditions=@jobtrail/source",
      `--import=${join(import.meta.dirname, "peak.ts")}`,
      join(root, "packages/cli/src/main.ts"),
      "convert",
      ...args,
    ],
    {
      env: { ...process.env, ...identity, NODE_COMPILE_CACHE: compileCache },
      stdio: ["ignore", out, "pipe", "pipe"],
    },
  );
  if (typeof out === "number") closeSync(out);
  const [[code], said, peak] = await Promise.all([
    once(child, "close") as Promise<[number | null]>,
    text(child.stderr as Readable),
    text(child.stdio[3] as Readable),
  ]);
  if (code !== 0) throw new Error(`jobtrail convert ${args.join(" ")} ended with ${code}:\n${said}`);
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds,
    peakBytes: Number(peak),
    written: countIn(/Wrote ([\d,]+)/, said),
    others: countIn(/other ([\d,]+)/, said),
  };
}

const countIn = (pattern: RegExp, text: string): number => Number((pattern.exec(text)?.[1] ?? "0").replaceAll(",", ""));
