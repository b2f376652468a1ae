/** pg-boss: a job in a transaction's own database. Needs PostgreSQL. */
import { PgBoss } from "pg-boss";

const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, schema: "example", supervise: false });
await boss.start();
await boss.createQueue("invoices");
await boss.send("invoices", { order: 7 });
await new Promise((resolve) => {
  void boss.work("invoices", { pollingIntervalSeconds: 0.5 }, async ([job]) => {
    setTimeout(() => resolve(), 100);
    return { sent: job?.id };
  });
});
await boss.stop();
