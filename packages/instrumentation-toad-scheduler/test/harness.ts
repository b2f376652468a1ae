import type { Harness } from "@jobtrail/testing";
import { toadScheduler } from "../src/system.ts";

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** How toad-scheduler is tested, and what it cannot do. */
export const harness: Harness = {
  system: toadScheduler,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "ToadSchedulerInstrumentation" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main", "rest"],
  cannot: {
    context: inProcess,
    retries: "it does not try again",
    killed: inProcess,
    propagation: inProcess,
  },
};
