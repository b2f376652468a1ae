import { Cron } from "croner";

const cron = new Cron("0 0 1 1 *", { name: "tick" }, () => console.log("ran"));
await cron.trigger();
cron.stop();
