import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configOf, openTelemetry, startBridges } from "@jobtrail/bridge";
import { startJobLog } from "@jobtrail/joblog";
import type { JobLog } from "@jobtrail/joblog";
import { expect, test } from "vitest";
import { filled } from "./log.ts";

/** How a bridge is pointed at another job log, which answers with the development key. */
const configs = {
  harperdb: (url: string) => `harperdb: { url: "${url}/compat/harperdb", username: jobtrail, password: development }`,
  devo: (url: string) => `devo: { url: "${url}/compat/devo/search", key: jobtrail, secret: development }`,
  "product-live": (url: string) => `product-live: { url: "${url}/compat/product-live", apiKey: development }`,
} as const;

/** The jobs of a job log. Devo's records have no room for a job's uid, so the bridge derives another. */
async function jobsOf({ url }: JobLog, hasUid: boolean): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/jobs`);
  const { jobs } = (await answer.json()) as { jobs: { uid: string; name: string; result: string }[] };
  return jobs
    .toSorted((a, b) => (a.uid < b.uid ? -1 : 1))
    .map(({ uid, name, result }) => ({ ...(hasUid && { uid }), name, result }));
}

test.each(Object.keys(configs) as (keyof typeof configs)[])(
  "the bridge to %s reads another job log, and has the same jobs",
  async (name) => {
    const data = mkdtempSync(join(tmpdir(), "jobtrail-between-"));
    await using from = await filled();
    await using to = await startJobLog({ port: 0 });
    const said: string[] = [];
    const say = (sentence: string): void => void said.push(sentence);
    const telemetry = openTelemetry({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: to.url }, say });
    if (typeof telemetry === "string") throw new Error(telemetry);
    const { bridges } = configOf("bridge.yaml", configs[name](from.url), {});
    await using running = await startBridges({ bridges, data, telemetry, say, once: true });
    await running.ended;
    expect(said.filter((sentence) => !sentence.includes("job executions cannot be read"))).toEqual([]);
    expect(await jobsOf(to, name !== "devo")).toEqual(await jobsOf(from, name !== "devo"));
    rmSync(data, { recursive: true, force: true });
  },
);
