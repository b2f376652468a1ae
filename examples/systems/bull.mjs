// Bull: node --import @jobtrail/register bull.mjs
import { count, withActor } from "@jobtrail/core";
import Bull from "bull";

const queue = new Bull("mail", process.env.REDIS_URL ?? "redis://localhost:6379");
void queue.process("newsletter", async ({ data }) => {
  // Counted in the job log and as a metric, for this job's run.
  count({ emails: data.to.length });
  return data.to.length;
});
const done = new Promise((resolve) => queue.on("completed", (_, sent) => resolve(sent)));

// Who asked for the job travels with it.
await withActor({ type: "user", id: "ann" }, () => queue.add("newsletter", { to: ["bob", "cy"] }, { attempts: 3 }));
console.log(`sent ${await done}`);

await queue.close();
