import { PgBoss } from "pg-boss";
import { maxAttempts } from "./plan.ts";

/** How long a run may last before pg-boss expires it, in seconds. */
const expireInSeconds = 4;

/** A pg-boss for one process of the shop. */
export async function openQueues(url: string): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: url, max: 2, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 });
  // Without a listener an error of pg-boss would end the process; what matters shows in the comparison.
  boss.on("error", (error: Error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  return boss;
}

/** Makes the shop's queues. */
export async function makeQueues(boss: PgBoss): Promise<void> {
  for (const name of ["orders", "emails"])
    await boss.createQueue(name, { retryLimit: maxAttempts - 1, retryDelay: 1, expireInSeconds });
}
