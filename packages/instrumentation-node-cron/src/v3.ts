import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Adapter, ScheduleReader } from "@jobtrail/instrumentation/adapter";

/** A task of version 3. */
interface Task {
  readonly options: { readonly name?: string; readonly scheduled?: boolean; readonly timezone?: string };
  readonly _task: object;
  readonly _scheduler: {
    readonly timeMatcher: Matcher;
    /** Set while it is started. */
    readonly timeout?: object | null;
  };
}

/** The expression as version 3 has it: six lists of numbers or names. */
interface Matcher {
  readonly pattern: string;
  readonly expressions: readonly string[];
  /** The same time as a Date whose local fields are those of the task's time zone. */
  apply(date: Date): Date;
}

/** node-cron gives a task without a name a random one. */
const random = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

const reader: ScheduleReader<Task> = {
  name: ({ options: { name } }) => (name !== undefined && random.test(name) ? undefined : name),
  expression: ({ _scheduler }) => _scheduler.timeMatcher.pattern,
  timezone: ({ options }) => options.timezone,
  trigger: () => "cron",
  next: ({ _scheduler }, afterMs = Date.now()) => nextOf(_scheduler.timeMatcher, afterMs),
  restarts: true,
};

const second = 1000;
const hour = 3_600_000;
const farthest = 5 * 366 * 24 * hour;

/** Version 3 asks each second whether it matches, and computes no next time: this looks hour by hour for it. */
function nextOf(matcher: Matcher, afterMs: number): number | undefined {
  const [seconds = "", minutes = "", hours = "", days = "", months = "", weekdays = ""] = matcher.expressions;
  // With a time zone, an hour that comes twice is run once: node-cron compares what the zone's clock shows.
  const before = matcher.apply(new Date(afterMs)).getTime();
  let at = Math.floor(afterMs / second) * second + second;
  while (at - afterMs < farthest) {
    const local = matcher.apply(new Date(at));
    const isDay =
      allows(months, local.getMonth() + 1) && allows(days, local.getDate()) && allows(weekdays, local.getDay());
    const within = isDay && allows(hours, local.getHours()) ? timeIn(seconds, minutes, local) : undefined;
    if (within !== undefined && local.getTime() + within > before) return at + within;
    at += hour - (local.getMinutes() * 60 + local.getSeconds()) * second;
  }
  return undefined;
}

/** How long after a time the minute and second come that the lists allow, in its own hour. */
function timeIn(seconds: string, minutes: string, local: Date): number | undefined {
  const now = local.getMinutes();
  const possible = numbersIn(seconds);
  for (const minute of numbersIn(minutes)) {
    const first = minute < now ? undefined : possible.find((each) => minute > now || each >= local.getSeconds());
    if (first !== undefined) return ((minute - now) * 60 + first - local.getSeconds()) * second;
  }
  return undefined;
}

const numbersIn = (list: string): number[] =>
  list
    .split(",")
    .map(Number)
    .toSorted((one, other) => one - other);

const allows = (list: string, value: number): boolean => list.split(",").includes(String(value));

/** Watches the class of tasks, and the function that makes them. */
export const v3: Adapter = (jobs) => {
  const schedules = jobs.schedules(reader);
  const begun = (task: Task): void => {
    const { timeout } = task._scheduler;
    if (timeout !== undefined && timeout !== null) schedules.made(task);
  };
  return {
    ".": (exports) => [
      // A background task has no scheduler here: it is in the child process that node-cron forks.
      after<unknown, [], Task>(exports, "schedule", (_, task) => "_scheduler" in task && begun(task)),
    ],
    "src/scheduled-task.js": (exports) => {
      const { prototype } = exports as { readonly prototype: unknown };
      return [
        after<Task, []>(prototype, "start", begun),
        after<Task, []>(prototype, "stop", (task) => schedules.gone(task, "stopped")),
        tap<Task, [unknown]>(prototype, "now", (task, [now]) => {
          begun(task);
          const isTimed = now === "init";
          const work = schedules.tick(task, {
            isTimed,
            nominalMs: now instanceof Date ? nominalOf(task, now) : undefined,
          });
          const around = jobs.run(work);
          const skipped = (): unknown => jobs.end(work[0]?.key, { result: "skip", final: true });
          // node-cron swallows errors before its own call ends, so the function itself is watched.
          return around && jobs.lend(task._task, "_execution", around, skipped);
        }),
      ];
    },
  };
};

/** The time that is meant; with a time zone, node-cron gives a Date with that zone's clock. */
function nominalOf({ _scheduler: { timeMatcher } }: Task, given: Date): number {
  const at = Date.now();
  const ago = timeMatcher.apply(new Date(at)).getTime() - given.getTime();
  return Math.floor((at - Math.max(0, ago)) / second) * second;
}
