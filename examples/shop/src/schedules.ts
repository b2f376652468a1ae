/** A process with two schedules, which writes the ticks of each schedule into a file. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Cron } from "croner";
import { report, until } from "./process.ts";

const [folder = ""] = process.argv.slice(2);

const stock = new Cron("* * * * * *", { name: "stock-report" }, () => note("stock-report", "success"));
const reminders = new Cron("*/2 * * * * *", { name: "reminders", catch: true }, () => {
  const failed = Math.floor(Date.now() / 1000) % 6 === 0;
  note("reminders", failed ? "failure" : "success");
  if (failed) throw new Error("the mail server is busy");
});

report({ ready: 1 });
await until("stop");
stock.stop();
reminders.stop();

function note(schedule: string, result: string): void {
  appendFileSync(join(folder, `ticks-${schedule}`), `${result}\n`);
}
