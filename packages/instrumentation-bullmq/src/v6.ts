import { tap } from "@jobtrail/instrumentation/adapter";
import type { Adapter } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { adapterOf } from "./adapter.ts";
import { joinFlow } from "./queue.ts";

/** In BullMQ 6 only flows make entries of their jobs. */
export const v6: Adapter = adapterOf((prototype, jobs) =>
  tap<Job, [Parameters<typeof joinFlow>[1]]>(prototype, "toFlowEntry", (job, [parent]) => joinFlow(job, parent, jobs)),
);
