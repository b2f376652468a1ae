import { CatalogueError } from "@jobtrail/conventions";

/** Runs a command. For an error of the catalogue it prints one line and sets exit code 1. */
export async function guarded(action: () => Promise<void> | void): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
