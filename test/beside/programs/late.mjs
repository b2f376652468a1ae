import { Cron } from "croner";

await import(process.env.REGISTER);

const tick = new Cron("0 0 1 1 *", { name: "tick" }, () => {});
await tick.trigger();
tick.stop();
