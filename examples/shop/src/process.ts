import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";

/** What the demo's processes tell the demo. */
export interface Told {
  /** The process can be used now; a database tells its port. */
  readonly ready?: number;
  /** A worker has begun a job that will be killed in mid work. */
  readonly doomed?: string;
}

/** Tells the demo something, from one of its processes. */
export const tell = (told: Told): void => void process.send?.(told);

/** Waits for a word from the demo, or for its end. */
export const until = (word: string): Promise<void> =>
  new Promise((resolve) => {
    process.on("message", (said) => {
      // The channel would keep the process alive.
      if (said === word) process.disconnect();
    });
    process.once("disconnect", resolve);
    // Ctrl-C reaches the whole group: the demo decides when its processes end.
    process.on("SIGINT", () => undefined);
  });

/** A process of the demo. */
export interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it told first when it was ready. */
  readonly ready: Promise<number>;
  readonly ended: Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

interface Start {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Loads Jobtrail with the one flag that users would add. */
  readonly watched?: boolean;
  readonly onTold?: (told: Told) => void;
}

/** Starts one of the demo's programs in a process of its own. */
export function start(name: string, program: string, { args = [], env = {}, watched = false, onTold }: Start): Running {
  const child = fork(join(import.meta.dirname, program), args, {
    execArgv: [
      "--conditions=@jobtrail/source",
      ...(watched ? ["--import", import.meta.resolve("@jobtrail/register")] : []),
    ],
    env: { ...process.env, OTEL_SERVICE_NAME: `shop-${name}`, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const said: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ready = new Promise<number>((resolve, reject) => {
    child.on("message", (told: Told) => {
      if (told.ready !== undefined) resolve(told.ready);
      onTold?.(told);
    });
    child.once("close", (code, signal) =>
      reject(new Error(`${name} ended (${code ?? signal}) before it was ready: ${said.join("")}`)),
    );
  });
  // Whoever waits for it sees the failure; a process stopped on purpose has nobody waiting.
  ready.catch(() => undefined);
  return {
    name,
    child,
    ready,
    ended,
    async stop() {
      if (child.connected) child.send("stop");
      await ended;
    },
  };
}
