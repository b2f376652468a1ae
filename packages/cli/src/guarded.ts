import { Fault } from "./collector/fault.ts";

/** Runs a command. For a fault that the user can fix it prints one line and sets exit code 1. */
export async function guarded(action: () => Promise<void> | void): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
