import type { EventName, RunResult } from "@jobtrail/conventions";

const failures: ReadonlySet<string | undefined> = new Set<RunResult>(["failure", "error", "timeout"]);

/** Whether a result is a failure: of the work, of the system, or by running out of time. */
export const isFailure = (result: string | undefined): boolean => failures.has(result);

/** Events that a run at work repeats: of many, the newest one says all that the others did. */
export const signsOfLife: readonly ["job.run.progress", "job.run.heartbeat"] = [
  "job.run.progress",
  "job.run.heartbeat",
];

const signs: ReadonlySet<string> = new Set(signsOfLife);

/** Whether an event only says that a run is still at work. */
export const isSignOfLife = ({ name }: { readonly name: EventName }): boolean => signs.has(name);
