/** Works on orders from PostgreSQL. */
import { setInterval } from "node:timers/promises";
import { PgBoss } from "pg-boss";

const [url = ""] = process.argv.slice(2);
const boss = new PgBoss(url);
await boss.start();
await boss.createQueue("orders");
await boss.work("orders", { pollingIntervalSeconds: 0.5 }, async () => "done");
process.once("message", () => process.disconnect());
for await (const _ of setInterval(500)) {
  if (!process.connected) break;
  await boss.send("orders", {});
}
await boss.stop({ graceful: true, timeout: 5000 });
