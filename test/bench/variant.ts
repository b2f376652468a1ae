import type { Job, Queue, QueueOptions, Worker } from "bullmq";

/** One way to watch the measured app, or none. What is left out is left as the app has it. */
export interface Variant {
  /** BullMQ's own telemetry option, of the queue and of the worker. */
  readonly telemetry?: NonNullable<QueueOptions["telemetry"]>;
  /** Adds a job. */
  readonly add?: (queue: Queue, name: string, data: object) => Promise<unknown>;
  /** Does a job's work. */
  readonly work?: (job: Job, work: () => Promise<unknown>) => Promise<unknown>;
  /** Listens to the worker. */
  readonly watch?: (worker: Worker) => void;
  /** Sends what is still here. */
  readonly end?: () => Promise<void>;
}
