// pg-boss: node --import @jobtrail/register pg-boss.mjs
import { count, withActor } from "@jobtrail/core";
import { PgBoss } from "pg-boss";

const boss = new PgBoss(process.env.DATABASE_URL ?? "postgres://postgres@localhost:5432/postgres");
boss.on("error", console.error);
await boss.start();
await boss.createQueue("mail", { retryLimit: 2 });

const { promise: done, resolve } = Promise.withResolvers();
await boss.work("mail", { pollingIntervalSeconds: 0.5 }, async ([{ data }]) => {
  // Counted in the job log and as a metric, for this job's run.
  count({ emails: data.to.length });
  resolve(data.to.length);
});

// Who asked for the job travels with it.
await withActor({ type: "user", id: "ann" }, () => boss.send("mail", { to: ["bob", "cy"] }));
console.log(`sent ${await done}`);

await boss.stop();
