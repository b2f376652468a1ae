import type { Harness } from "@jobtrail/testing";
import { nodeSchedule } from "../src/system.ts";

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** How node-schedule is tested, and what it cannot do. */
export const harness: Harness = {
  system: nodeSchedule,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "NodeScheduleInstrumentation" },
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
