import { spawnSync } from "node:child_process";
import { root } from "./workspace.ts";

/** Runs a command in the root and shows what it prints. @throws Error where it fails. */
export function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${error?.message ?? `it ended with ${status}`}.`);
}

/** Does a script's work; where it fails, says why in one line and ends with 1. */
export async function main(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
