import { after, tap, watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, ScheduleReader, Watcher } from "@jobtrail/instrumentation/adapter";
import type { Recorder } from "@jobtrail/core/recorder";
import type { Cron as PublicCron } from "croner";
import { croner } from "./system.ts";

/** A croner instance. Its private part has had the same names since version 6. */
type Cron = Pick<PublicCron, "name" | "options" | "nextRun" | "getPattern"> & {
  /** Since version 10. */
  readonly getOnce?: PublicCron["getOnce"];
  readonly fn?: unknown;
  readonly _states: { readonly paused?: boolean; readonly once?: unknown };
};

const isPaused = ({ _states }: Cron): boolean => _states.paused === true;

const reader: ScheduleReader<Cron> = {
  name: ({ name }) => name,
  // Version 9 gives a pattern for a date, too.
  expression: (cron) => (isOnce(cron) ? undefined : cron.getPattern()),
  timezone: ({ options }) => options.timezone ?? offsetOf(options.utcOffset),
  trigger: (cron) => (isOnce(cron) ? "delay" : (cron.options.interval ?? 0) > 0 ? "interval" : "cron"),
  isPaused,
  next: (cron, afterMs) => cron.nextRun(afterMs === undefined ? undefined : new Date(afterMs)),
};

/** Whether it was made for a date, and not with a pattern. */
const isOnce = (cron: Cron): boolean => (cron.getOnce?.() ?? cron._states.once ?? undefined) !== undefined;

/** Minutes from UTC as ISO 8601 writes them: `+05:30`. */
function offsetOf(minutes: number | undefined): string | undefined {
  if (minutes === undefined) return undefined;
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, "0");
  const distance = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(distance / 60)}:${two(distance % 60)}`;
}

/** Watches the methods that every instance shares; instances that exist already are watched too. */
const adapter: Adapter = (jobs) => ({
  "."(exports) {
    const { prototype } = (exports as { readonly Cron: { readonly prototype: unknown } }).Cron;
    const schedules = jobs.schedules(reader);
    return [
      // The constructor calls it too, once the function is set.
      after<Cron, []>(prototype, "schedule", (cron) => typeof cron.fn === "function" && schedules.made(cron)),
      tap<Cron, []>(prototype, "pause", (cron) => {
        const wasPaused = isPaused(cron);
        return { returned: () => wasPaused || schedules.changed(cron, "paused") };
      }),
      tap<Cron, []>(prototype, "resume", (cron) => {
        const wasPaused = isPaused(cron);
        return { returned: () => wasPaused && schedules.changed(cron, "resumed") };
      }),
      after<Cron, []>(prototype, "stop", (cron) => schedules.gone(cron, "stopped")),
      tap<Cron, [Date]>(prototype, "_checkTrigger", (cron, [target]) => schedules.look(cron, target.getTime())),
      // The `catch` option swallows errors before croner's own call ends, so the function itself is watched.
      tap<Cron, []>(prototype, "_trigger", (cron) => {
        const work = schedules.tick(cron);
        const around = typeof cron.fn === "function" ? jobs.run(work) : undefined;
        const skipped = (): unknown => jobs.end(work[0]?.key, { result: "skip", final: true });
        return around && jobs.lend(cron, "fn", around, skipped);
      }),
    ];
  },
});

/** Watches croner with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(croner, { "croner 6 to 11": adapter });
