import type { Harness } from "@jobtrail/testing";
import { nestjsSchedule } from "../src/system.ts";

const inProcess = "it runs what it schedules in the same process and stores nothing";

/** How Nest's schedules are tested, in `test/nest`: Nest is installed outside the workspace. */
export const harness: Harness = {
  system: nestjsSchedule,
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "NestjsScheduleInstrumentation" },
  fixtures: new URL("../../../.cache/nest/12/", import.meta.url),
  programs: ["main", "rest"],
  cannot: {
    context: inProcess,
    retries: "it does not try again",
    killed: inProcess,
    propagation: inProcess,
  },
};
