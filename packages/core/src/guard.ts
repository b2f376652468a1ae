import { diag } from "./globals.ts";

const told = new Set<string>();

/**
 * Runs a piece of our own code inside a host's call. Whatever it throws is told once per cause
 * through `diag` and never reaches the host.
 * @param cause names the place, such as `bullmq: start`.
 */
export function guard<T>(cause: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    tell(cause, error);
    return undefined;
  }
}

/** The same function, behind a guard. */
export const guarded =
  <A, B>(cause: string, run: (a: A, b: B) => void): ((a: A, b: B) => void) =>
  (a, b) => {
    try {
      run(a, b);
    } catch (error) {
      tell(cause, error);
    }
  };

/** Tells a failure of ours, once per cause. */
export function tell(cause: string, error: unknown): void {
  try {
    if (told.has(cause)) return;
    told.add(cause);
    diag.error(`jobtrail: ${cause} failed and stands aside; the host is not affected.`, error);
  } catch {
    // A logger that throws must not reach the host either.
  }
}
