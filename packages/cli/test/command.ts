import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const main = join(import.meta.dirname, "../src/main.ts");

/** Where Node keeps what it made of the sources, so that not each process has to strip the types of all of them. */
export const compileCache: string = join(import.meta.dirname, "../../../node_modules/.cache/jobtrail-compile");

/** How a command ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that is running. */
export interface Running extends AsyncDisposable {
  readonly ended: Promise<Ended>;
  /** Waits until it has said something that matches on its output; gives the first group. */
  said(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** What Node is given to run `jobtrail`. */
export const argumentsOf = (args: readonly string[]): string[] => ["--conditions=@jobtrail/source", main, ...args];

/** Runs `jobtrail` as a process of its own, with an input where one is given. */
export function jobtrail(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: string | Uint8Array,
): Running {
  const child = spawn(process.execPath, argumentsOf(args), {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // It may end before it has read everything.
  child.stdin.on("error", () => undefined).end(input);
  const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], out, err]): Ended => ({ code, signal, out, err }),
  );
  let heard = "";
  child.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  const said = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(heard);
      if (match !== null) return match[1] ?? "";
      const end = await Promise.race([once(child.stdout, "data").then(() => undefined), ended]);
      if (end !== undefined)
        throw new Error(`it ended with ${end.code} and never said ${pattern}: ${end.out}${end.err}`);
    }
  };
  return {
    ended,
    said,
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A folder that is gone afterwards. */
export function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
