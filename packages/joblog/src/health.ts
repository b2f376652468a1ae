import { Hono } from "hono";
import type { JobStore, Summary } from "./contract.ts";
import { StoreError } from "./errors.ts";

/** What runs beside the store and is measured with it. */
export interface Gauges {
  /** How many readers follow the stream of changes. */
  readers(): number;
}

/**
 * What watches a job log:
 * - `/healthz`: the process answers;
 * - `/readyz`: it can read its data and write to them, else 503 with the reason;
 * - `/metrics`: what it holds and has received, as Prometheus text.
 */
export function health(store: JobStore, gauges: Gauges): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.text("ok\n", 200, noStore));
  app.get("/readyz", async (c) => {
    const reason = await reasonNotReady(store);
    return reason === undefined
      ? c.text("ok\n", 200, noStore)
      : c.text(`${reason}\n`, 503, { ...noStore, "retry-after": "1" });
  });
  app.get("/metrics", async (c) =>
    c.body(metricsText(await store.summary(), gauges), 200, {
      ...noStore,
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    }),
  );
  return app;
}

const noStore = { "cache-control": "no-store" };

/** Why records cannot be kept now; nothing where they can. */
async function reasonNotReady(store: JobStore): Promise<string | undefined> {
  try {
    await store.check();
    return undefined;
  } catch (error) {
    return error instanceof StoreError ? error.message : `the job log failed: ${String(error)}`;
  }
}

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly value: (summary: Summary, gauges: Gauges) => number;
}

const metrics: readonly Metric[] = [
  { name: "jobs", type: "gauge", help: "Jobs that are kept.", value: ({ jobs }) => jobs },
  { name: "jobs_succeeded", type: "gauge", help: "Kept jobs that succeeded.", value: ({ success }) => success },
  {
    name: "jobs_failed",
    type: "gauge",
    help: "Kept jobs that failed and will not run again by themselves.",
    value: ({ failure }) => failure,
  },
  { name: "runs", type: "gauge", help: "Runs of the jobs that are kept.", value: ({ runs }) => runs },
  { name: "runs_lost", type: "gauge", help: "Runs that nobody saw end.", value: ({ lost }) => lost },
  { name: "records", type: "gauge", help: "Job events that are kept.", value: ({ records }) => records },
  { name: "spans_total", type: "counter", help: "Spans that were received.", value: ({ spans }) => spans },
  { name: "points_total", type: "counter", help: "Metric points that were received.", value: (all) => all.metrics },
  { name: "refused_total", type: "counter", help: "Records that could not be read.", value: ({ refused }) => refused },
  { name: "other_total", type: "counter", help: "Log records that belong to no job.", value: ({ other }) => other },
  {
    name: "stream_readers",
    type: "gauge",
    help: "Readers of the stream of changes.",
    value: (_, all) => all.readers(),
  },
  {
    name: "resident_memory_bytes",
    type: "gauge",
    help: "Memory of the process.",
    value: () => process.memoryUsage.rss(),
  },
];

const metricsText = (summary: Summary, gauges: Gauges): string =>
  metrics
    .flatMap(({ name, type, help, value }) => [
      `# HELP jobtrail_log_${name} ${help}`,
      `# TYPE jobtrail_log_${name} ${type}`,
      `jobtrail_log_${name} ${value(summary, gauges)}`,
    ])
    .map((line) => `${line}\n`)
    .join("");
