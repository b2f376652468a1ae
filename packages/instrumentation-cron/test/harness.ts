import type { Harness } from "@jobtrail/testing";
import { cron } from "../src/system.ts";

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** How cron is tested, and what it cannot do. */
export const harness: Harness = {
  system: cron,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "CronInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "rest"],
  // They wait for full seconds.
  atOnce: 6,
  cannot: {
    context: inProcess,
    retries: "it does not try again",
    killed: inProcess,
    propagation: inProcess,
  },
};
