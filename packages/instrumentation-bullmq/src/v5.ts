import { tap } from "@jobtrail/instrumentation/adapter";
import type { Adapter } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { adapterOf } from "./adapter.ts";
import { joinFlow } from "./queue.ts";

/** BullMQ 4 and 5 store every job by `addJob`; those that no flow makes are watched where they are made. */
export const v5: Adapter = adapterOf((prototype, jobs) =>
  tap<Job, [unknown, Parameters<typeof joinFlow>[1]]>(prototype, "addJob", (job, [, parent]) =>
    joinFlow(job, parent, jobs),
  ),
);
