/** What tests use of toad-scheduler. */
export interface Library {
  readonly AsyncTask: new (id: string, handler: () => Promise<unknown>, onError?: () => unknown) => Task;
  readonly Task: new (id: string, handler: () => unknown, onError?: () => unknown) => Task;
  readonly CronJob: JobClass;
  readonly SimpleIntervalJob: JobClass;
  readonly LongIntervalJob: JobClass;
}

type JobClass = new (schedule: object, task: Task, options?: object) => Job;

interface Task {
  execute(id?: string): void;
}

interface Job {
  start(): void;
  stop(): void;
}
