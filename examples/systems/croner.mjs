/** croner: a schedule with two runs, the second of which is told by hand. */
import { count } from "@jobtrail/core";
import { Cron } from "croner";

const { promise: over, resolve } = Promise.withResolvers();
const report = new Cron("* * * * * *", { name: "report", timezone: "Europe/Berlin" }, () => {
  count({ pages: 3 });
  resolve();
});
await over;
await report.trigger();
report.stop();
