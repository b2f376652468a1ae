/** Bee-Queue's inner files, which have no types of their own. */
declare module "bee-queue/lib/job.js" {
  import type Queue from "bee-queue";
  class Job extends Queue.Job<unknown> {
    static fromId(queue: unknown, id: string): Promise<Job | null>;
    options: { stacktraces: unknown[]; backoff?: unknown } & Record<string, unknown>;
  }
  export default Job;
}
declare module "bee-queue/lib/queue.js" {
  import type Queue from "bee-queue";
  const Class: typeof Queue;
  export default Class;
}
