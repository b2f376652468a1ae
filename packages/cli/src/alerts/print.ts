import { defaultConfig } from "@jobtrail/dashboards";
import { stringify } from "yaml";

/** Prints the configuration with all its defaults, and an example for a queue and a schedule. */
export const printConfig = (): void =>
  console.log(`# The thresholds of Jobtrail's alerts. Every field is optional; these are the defaults.
# Times are written as 90s, 15m, 1h30m or 8d.
${stringify(defaultConfig)}
# A queue or a schedule may have its own values:
# queues:
#   reports: { queueAge: 2h, stuckAfter: 6h }
# schedules:
#   nightly-report: { every: 1d, missedAfter: 30m }`);
