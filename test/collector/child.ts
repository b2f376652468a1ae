import type { ChildProcess } from "node:child_process";

interface Wait {
  /** Whom an error is about. */
  readonly name: string;
  /** What it says when it is ready. */
  readonly sign: string;
  readonly deadlineMs: number;
}

/** Waits until a process is ready, by what it says; it never outlives this one. @throws Error with its last words. */
export function untilSaid(child: ChildProcess, { name, sign, deadlineMs }: Wait): Promise<void> {
  const orphaned = (): boolean => child.kill("SIGKILL");
  process.once("exit", orphaned);
  child.once("exit", () => process.removeListener("exit", orphaned));
  return new Promise((resolve, reject) => {
    let said = "";
    const over = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`${name} ${what}. It said:\n${said}`));
    };
    const timer = setTimeout(() => over(`was not ready after ${deadlineMs} ms`), deadlineMs);
    const listen = (text: string): void => {
      said = (said + text).slice(-20_000);
      if (!said.includes(sign)) return;
      clearTimeout(timer);
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", listen);
    child.once("error", (error) => over(`could not be started: ${error.message}`));
    child.once("close", (code, signal) => over(`ended with ${signal ?? code}`));
  });
}

/** Kills a process, and waits until it is gone. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await gone;
}
