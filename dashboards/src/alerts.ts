import type { Alert } from "./alerts/alert.ts";
import { bridgeAlerts } from "./alerts/bridges.ts";
import { collectorAlerts } from "./alerts/collectors.ts";
import { jobAlerts, scheduleAlerts } from "./alerts/jobs.ts";
import { pipelineAlerts } from "./alerts/pipeline.ts";
import { queueAlerts } from "./alerts/queues.ts";

/** All alerts, in groups as rule files have them. */
export const alertGroups: Readonly<Record<string, readonly Alert[]>> = {
  "jobtrail-jobs": jobAlerts,
  "jobtrail-schedules": scheduleAlerts,
  "jobtrail-queues": queueAlerts,
  "jobtrail-pipeline": pipelineAlerts,
  "jobtrail-collectors": collectorAlerts,
  "jobtrail-bridges": bridgeAlerts,
};

/** All alerts. */
export const alerts: readonly Alert[] = Object.values(alertGroups).flat();
