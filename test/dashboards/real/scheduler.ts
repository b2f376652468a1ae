/** Runs a schedule each second. */
import { Cron } from "croner";

const nightly = new Cron("* * * * * *", { name: "nightly" }, () => undefined);
process.once("message", () => {
  nightly.stop();
  process.disconnect();
});
