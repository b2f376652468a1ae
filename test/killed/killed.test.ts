import { fileURLToPath } from "node:url";
import type { JobEvent } from "@jobtrail/core/event";
import { startJobLog } from "@jobtrail/joblog";
import { postgres, redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { test } from "vitest";
import { start } from "../../packages/testing/src/child.ts";
import { harness as agenda } from "../../packages/instrumentation-agenda/test/harness.ts";
import { v2 as beeQueue } from "../../packages/instrumentation-bee-queue/test/harness.ts";
import { v4 as bull } from "../../packages/instrumentation-bull/test/harness.ts";
import { v6 as bullmq } from "../../packages/instrumentation-bullmq/test/harness.ts";
import { v18 as graphileWorker } from "../../packages/instrumentation-graphile-worker/test/harness.ts";
import { harness as pgboss } from "../../packages/instrumentation-pg-boss/test/harness.ts";

const register = fileURLToPath(new URL("../../packages/register/src/index.ts", import.meta.url));

/** The queue systems by their store, and whether whoever finds the job says that it stalled: others only start it again. */
const queues = [
  {
    service: redis,
    systems: [
      { harness: beeQueue, tellsStalls: true },
      { harness: bull, tellsStalls: true },
      { harness: bullmq, tellsStalls: true },
    ],
  },
  {
    service: postgres,
    systems: [
      { harness: agenda, tellsStalls: true },
      { harness: graphileWorker, tellsStalls: false },
      { harness: pgboss, tellsStalls: false },
    ],
  },
];

interface Listed {
  readonly jobs: readonly { readonly uid: string; readonly state: string }[];
}

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

for (const { service: store, systems } of queues)
  withService(`kill -9 of a worker, with ${store.name}`, store, (service) => {
    for (const { harness, tellsStalls } of systems)
      test.concurrent(`the job log has the lost run of ${harness.system.name}, and the next one that the job goes on with`, async ({
        expect,
      }) => {
        await using log = await startJobLog({ port: 0 });
        const name = `killed${process.pid}${harness.system.name}`;
        const env = { ...service().env, NAME: name, OTEL_EXPORTER_OTLP_ENDPOINT: log.url };
        const program = (which: string) =>
          start({ given: ["--import", register, "fixture.mjs", which], cwd: harness.fixtures, env });
        const states = async (): Promise<string[]> =>
          (await get<Listed>(`${log.url}/api/v1/jobs`)).jobs.map(({ state }) => state);

        const worker = program("hang");
        await expect.poll(states, { timeout: 30_000 }).toEqual(["active"]);
        worker.kill();
        expect((await worker.ended).with).toBe("SIGKILL");
        expect((await program("recover").ended).with).toBe(0);

        const { jobs } = await get<Listed>(`${log.url}/api/v1/jobs`);
        expect(jobs).toMatchObject([{ state: "completed", result: "success", counts: { runs: 2, lost: 1 } }]);
        const { events } = await get<{ events: JobEvent[] }>(`${log.url}/api/v1/jobs/${jobs[0]?.uid}/events`);
        const keys = ["job.run.number", "job.run.result", "job.record.source", "error.type"] as const;
        const told = events.map((event) => [event.name, ...keys.map((key) => event.attributes[key] ?? null)]);
        expect(new Set(told)).toEqual(
          new Set([
            ["job.queued", null, null, "hook", null],
            ["job.run.started", 1, null, "hook", null],
            ...(tellsStalls ? [["job.stalled", null, null, "hook", null]] : []),
            ["job.run.started", 2, null, "hook", null],
            ["job.run.ended", 1, "error", "inferred", "worker_lost"],
            ["job.run.ended", 2, "success", "hook", null],
          ]),
        );
      }, 120_000);
  });
