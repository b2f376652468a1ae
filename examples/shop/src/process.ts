import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";

/** What the demo's processes report the demo. */
export interface Message {
  /** The process is ready; a database sends its port. */
  readonly ready?: number;
  /** The id of a job whose worker will be killed during the run. */
  readonly doomed?: string;
}

/** Sends a message to the demo, from one of its processes. */
export const report = (message: Message): void => void process.send?.(message);

/** Waits for a message from the demo, or for its end. */
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
  /** The number that the process sent when it was ready. */
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
  readonly onMessage?: (message: Message) => void;
}

/** Starts one of the demo's programs in a new process. */
export function start(
  name: string,
  program: string,
  { args = [], env = {}, watched = false, onMessage }: Start,
): Running {
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
    child.on("message", (message: Message) => {
      if (message.ready !== undefined) resolve(message.ready);
      onMessage?.(message);
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
