import { guard } from "@jobtrail/core/recorder";
import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Jobs, ScheduleReader, Schedules, Tap } from "@jobtrail/instrumentation/adapter";
import { nodeCron } from "./system.ts";

/** A task of version 4 in this process; one of a background task is in the child process that node-cron forks. */
interface Task {
  readonly id: string;
  readonly name?: string;
  readonly cronExpression: string;
  readonly timezone?: string;
  readonly timeMatcher: Matcher;
  readonly runner: { readonly noOverlap: boolean };
  getStatus(): string;
}

interface Matcher {
  getNextMatch(date: Date): Date;
}

/** The next time that node-cron computed last: computing it again would double the cost of a tick. */
interface Computed {
  readonly from: number;
  readonly next: number;
}

const reader = (computed: WeakMap<Matcher, Computed>): ScheduleReader<Task> => ({
  // node-cron gives every task a random id, and that as its name where it has none.
  name: ({ name, id }) => (name === id ? undefined : name),
  expression: ({ cronExpression }) => cronExpression,
  timezone: ({ timezone }) => timezone,
  trigger: () => "cron",
  next({ timeMatcher }, afterMs = Date.now()) {
    const known = computed.get(timeMatcher);
    const isSame = known !== undefined && secondOf(known.from) === secondOf(afterMs);
    return isSame ? known.next : timeMatcher.getNextMatch(new Date(afterMs));
  },
  restarts: true,
  tellsMissed: true,
});

const secondOf = (ms: number): number => Math.floor(ms / 1000);

/** Watches the methods that all tasks share, and each task's own functions from its first run on. */
export const v4: Adapter = (jobs) => {
  const computed = new WeakMap<Matcher, Computed>();
  const schedules = jobs.schedules(reader(computed));
  const known = new WeakSet<Task>();
  const meet = (task: Task): void => {
    if (known.has(task)) return;
    known.add(task);
    follow(task, jobs, schedules, computed);
  };
  const watch = (exports: unknown): readonly Tap[] => {
    const prototype = taskPrototypeIn(exports);
    return [
      tap<Task, []>(prototype, "start", (task) => {
        meet(task);
        return { returned: () => task.getStatus() !== "destroyed" && schedules.made(task) };
      }),
      after<Task, []>(prototype, "stop", (task) => schedules.gone(task, "stopped")),
      // Comes before every run, also of a task that was started while nobody watched.
      tap<Task, []>(prototype, "createContext", meet),
    ];
  };
  const files = nodeCron.variants.find(({ name }) => name === "node-cron 4")?.files ?? [];
  return Object.fromEntries(files.map((file) => [file, watch]));
};

/** The bundle of version 4.5 and later exports the class by a single letter. */
function taskPrototypeIn(exports: unknown): unknown {
  const prototypes = Object.values(exports as object).map((each: unknown) =>
    typeof each === "function" ? (each.prototype as object | undefined) : undefined,
  );
  return prototypes.find((each) => each !== undefined && "createContext" in each && "getNextRun" in each);
}

/** Watches a task's own functions: what it runs, and what it tells. */
function follow(task: Task, jobs: Jobs, schedules: Schedules<Task>, computed: WeakMap<Matcher, Computed>): void {
  const { timeMatcher, runner } = task;
  const missed = gathered(task, schedules);
  jobs.tapOne<Matcher, [Date]>(timeMatcher, "getNextMatch", (_, [from]) => ({
    returned: (next) => computed.set(timeMatcher, { from: from.getTime(), next: (next as Date).getTime() }),
  }));
  jobs.tapOne<unknown, [Date, { readonly reason: string }]>(runner, "onMatch", (_, [date, { reason }]) =>
    jobs.run(schedules.tick(task, reason === "invoked" ? {} : { nominalMs: date.getTime() })),
  );
  jobs.tapOne<unknown, [Date]>(runner, "onMissedExecution", (_, [date]) => {
    const last = computed.get(timeMatcher);
    // Until 4.2 it names the time after the one that was missed.
    missed(last?.next === date.getTime() ? last.from : date.getTime());
  });
  jobs.tapOne<unknown, [Date]>(runner, "onOverlap", (_, [date]) => {
    if (runner.noOverlap) schedules.missed(task, "overlap", date.getTime());
  });
  jobs.tapOne<unknown, [Date, string]>(runner, "onSkipped", (_, [date, reason]) => {
    // Where it is not elected, another process starts the run.
    if (reason === "coordinator-error") schedules.missed(task, "undecided", date.getTime());
  });
  jobs.tapOne(runner, "onMaxExecutions", () => schedules.gone(task, "ended"));
}

/** Tells times that were missed at once as one gap: after a night's sleep of the machine there are thousands. */
function gathered(task: Task, schedules: Schedules<Task>): (nominalMs: number) => void {
  let gap: { readonly first: number; last: number; count: number } | undefined;
  const flush = (): void => {
    const told = gap;
    gap = undefined;
    if (told !== undefined) schedules.missed(task, "late", told.first, { count: told.count, lastMs: told.last });
  };
  return (nominalMs) => {
    if (gap === undefined) {
      gap = { first: nominalMs, last: nominalMs, count: 1 };
      queueMicrotask(() => guard("node_cron: missed", flush));
    } else {
      gap.last = nominalMs;
      gap.count++;
    }
  };
}
