import { Fault } from "./collector/fault.ts";

/** Does a command's work. What a user can mend is said in a line, and the command ends with 1. */
export async function guarded(action: () => Promise<void> | void): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
