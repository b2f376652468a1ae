// Graphile Worker: node --import @jobtrail/register graphile-worker.mjs
import { count, withActor } from "@jobtrail/core";
import { run } from "graphile-worker";

const { promise: done, resolve } = Promise.withResolvers();
const runner = await run({
  connectionString: process.env.DATABASE_URL ?? "postgres://postgres@localhost:5432/postgres",
  taskList: {
    async mail({ to }) {
      // Counted in the job log and as a metric, for this job's run.
      count({ emails: to.length });
      resolve(to.length);
    },
  },
});

// Who asked for the job travels with it.
await withActor({ type: "user", id: "ann" }, () => runner.addJob("mail", { to: ["bob", "cy"] }, { maxAttempts: 3 }));
console.log(`sent ${await done}`);

await runner.stop();
