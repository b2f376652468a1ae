import type { Around, Jobs, Outcome, Work } from "@jobtrail/instrumentation/adapter";
import type { CronJob } from "./job.ts";

/** A tick at work: cron calls its callbacks one after the other, and waits for none unless it is told to. */
interface Tick {
  readonly key: unknown;
  /** What has not come to its end: cron's own call, and callbacks that gave a promise. */
  open: number;
  failed: { readonly thrown: unknown } | undefined;
}

/** The ticks of jobs, each one run, however many callbacks it calls. */
export interface Callbacks {
  /** Opens the run of a tick; the around is for cron's call of the callbacks. */
  run(job: CronJob, work: readonly Work[]): Around | undefined;
}

type Callback = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Watches callbacks. cron catches what they throw, and a callback that fails keeps later ones from being called. */
export function callbacksOf(jobs: Jobs): Callbacks {
  const ticks = new WeakMap<CronJob, Tick>();
  const ours = new WeakSet<object>();
  const done = (tick: Tick, failed?: Tick["failed"]): void => {
    tick.failed ??= failed;
    if (--tick.open > 0) return;
    const outcome: Outcome = tick.failed === undefined ? { result: "success" } : { result: "failure", ...tick.failed };
    jobs.end(tick.key, { ...outcome, final: true });
  };
  const surrounded = (job: CronJob, callback: Callback): Callback => {
    const made = jobs.surround(callback, "callback", () => {
      const tick = ticks.get(job);
      if (tick === undefined) return undefined;
      tick.open++;
      return {
        returned: (value) => (isCommand(value) ? whenOver(jobs, value, (by) => done(tick, by)) : done(tick)),
        threw: (thrown) => done(tick, { thrown }),
      };
    });
    ours.add(made);
    return made;
  };
  return {
    run(job, work) {
      const around = jobs.run(work, { outcome: "later" });
      if (around === undefined) return undefined;
      const { _callbacks: all } = job;
      all.forEach((each, at) => {
        if (typeof each === "function" && !ours.has(each)) all[at] = surrounded(job, each as Callback);
      });
      const tick: Tick = { key: work[0]?.key, open: 1, failed: undefined };
      return {
        within(go) {
          const before = ticks.get(job);
          ticks.set(job, tick);
          try {
            return around.within?.(go);
          } finally {
            // Where cron waits for each callback, it calls the next one after this.
            if (before !== undefined && job.waitForCompletion !== true) ticks.set(job, before);
          }
        },
        returned: () => done(tick),
        threw: (thrown) => done(tick, { thrown }),
      };
    },
  };
}

/** A process that cron started for a command. */
interface Command {
  readonly pid?: number;
  readonly spawnargs: readonly string[];
  emit(event: string, ...args: readonly unknown[]): boolean;
}

const isCommand = (value: unknown): value is Command =>
  typeof value === "object" && value !== null && "spawnargs" in value && "emit" in value;

/** Tells when a command has come to its end; without a listener, which would take an error away from the host. */
function whenOver(jobs: Jobs, command: Command, done: (failed?: Tick["failed"]) => void): void {
  let isOver = false;
  const end = (failed?: Tick["failed"]): void => {
    if (!isOver) done(failed);
    isOver = true;
  };
  jobs.tapOne<Command, [string, unknown, unknown]>(command, "emit", (_, [event, value, signal]) => {
    if (event === "error") end({ thrown: value });
    else if (event === "exit" && value === 0) end();
    else if (event === "exit")
      end({ thrown: new Error(`${command.spawnargs.join(" ")} ended with ${String(value ?? signal)}`) });
  });
}
