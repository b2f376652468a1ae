/** Graphile Worker: a task, and the job that asks for it. Needs PostgreSQL. */
import { quickAddJob, runOnce } from "graphile-worker";

const connectionString = process.env.DATABASE_URL;
await quickAddJob({ connectionString }, "greet", { name: "Ann" });
await runOnce({
  connectionString,
  noHandleSignals: true,
  taskList: {
    greet: async (payload, { logger }) => {
      logger.info(`Hello ${payload.name}`);
    },
  },
});
