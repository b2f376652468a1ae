import { guard } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import { all, wrap } from "@jobtrail/instrumentation";
import type { Call, Undo } from "@jobtrail/instrumentation";
import { trigger } from "./run.ts";
import { isPaused, schedules } from "./schedule.ts";
import type { Cron } from "./schedule.ts";
import { checkTrigger } from "./tick.ts";

/** Watches the methods that every croner instance shares; instances that exist already are watched too. */
export function watchCron(prototype: unknown, to: Recorder): Undo {
  const known = schedules(to);
  const method = (name: string, call: (original: Call, cron: Cron, args: readonly unknown[]) => unknown): Undo =>
    wrap(
      prototype,
      name,
      (original) =>
        function (this: unknown, ...args) {
          return call(original, this as Cron, args);
        },
    );
  const after = (name: string, tell: (cron: Cron, wasPaused: boolean) => void): Undo =>
    method(name, (original, cron, args) => {
      const wasPaused = guard("croner: pause", () => isPaused(cron)) === true;
      const result = original.apply(cron, args as unknown[]);
      guard(`croner: ${name}`, () => tell(cron, wasPaused));
      return result;
    });
  return all([
    // The constructor calls it too, once the function is set.
    after("schedule", (cron) => known.made(cron)),
    after("pause", (cron, wasPaused) => !wasPaused && known.changed(cron, "job.schedule.paused")),
    after("resume", (cron, wasPaused) => wasPaused && known.changed(cron, "job.schedule.resumed")),
    after("stop", (cron) => known.over(cron, "stopped")),
    method("_checkTrigger", (original, cron, args) => checkTrigger(original, cron, args, known)),
    method("_trigger", (original, cron, args) => trigger(original, cron, args, known, to)),
  ]);
}
