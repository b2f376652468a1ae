import { agenda } from "@jobtrail/instrumentation-agenda/system";
import { beeQueue } from "@jobtrail/instrumentation-bee-queue/system";
import { bree } from "@jobtrail/instrumentation-bree/system";
import { bull } from "@jobtrail/instrumentation-bull/system";
import { bullmq } from "@jobtrail/instrumentation-bullmq/system";
import { cron } from "@jobtrail/instrumentation-cron/system";
import { croner } from "@jobtrail/instrumentation-croner/system";
import { graphileWorker } from "@jobtrail/instrumentation-graphile-worker/system";
import { nestjsSchedule } from "@jobtrail/instrumentation-nestjs-schedule/system";
import { nodeCron } from "@jobtrail/instrumentation-node-cron/system";
import { nodeSchedule } from "@jobtrail/instrumentation-node-schedule/system";
import { pgboss } from "@jobtrail/instrumentation-pg-boss/system";
import { toadScheduler } from "@jobtrail/instrumentation-toad-scheduler/system";
import type { JobSystem } from "@jobtrail/instrumentation/system";

/** Every job system that is watched: data alone. */
export const systems: readonly JobSystem[] = [
  agenda,
  beeQueue,
  bree,
  bull,
  bullmq,
  cron,
  croner,
  graphileWorker,
  nestjsSchedule,
  nodeCron,
  nodeSchedule,
  pgboss,
  toadScheduler,
];

/** Other packages that queue or schedule jobs: not watched, and named where an app loads them. Those above are left out. */
export const others: readonly string[] = [
  "@breejs/later",
  "@hokify/agenda",
  "@temporalio/worker",
  "agenda",
  "bree",
  "bull",
  "celery-node",
  "cron",
  "cron-schedule",
  "faktory-worker",
  "graphile-worker",
  "kue",
  "node-cron",
  "node-resque",
  "node-schedule",
  "quirrel",
  "toad-scheduler",
].filter((name) => !systems.some(({ variants }) => variants.some(({ module }) => module === name)));

/** A system's name in OpenTelemetry's variables: its package's, without what all have. */
export const nameOf = (system: JobSystem): string => system.package.replace("@jobtrail/instrumentation-", "");

/** Those of some systems that `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and `OTEL_NODE_DISABLED_INSTRUMENTATIONS` leave. */
export function chosen(
  from: readonly JobSystem[],
  env: Readonly<Record<string, string | undefined>>,
): readonly JobSystem[] {
  const wanted = namesIn(env["OTEL_NODE_ENABLED_INSTRUMENTATIONS"]);
  const unwanted = namesIn(env["OTEL_NODE_DISABLED_INSTRUMENTATIONS"]);
  return from.filter((system) => {
    const name = nameOf(system);
    return (wanted.length === 0 || wanted.includes(name)) && !unwanted.includes(name);
  });
}

const namesIn = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
