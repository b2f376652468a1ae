/** A backfill in a process of its own; or the same bodies with bare fetch and zod. Prints what it took. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configOf, openTelemetry, startBridges } from "@jobtrail/bridge";
import { schemas } from "@jobtrail/schemas";
import { apartMs, began } from "./time.ts";

const [, , way = "", system = "", url = "", count = "0", file = ""] = process.argv;
const records = Number(count);

const configs: Readonly<Record<string, string>> = {
  harperdb: `harperdb: { url: "${url}", username: a, password: b }`,
  devo: `devo: { url: "${url}/search", token: t, every: 1s, progressEvery: 1s }`,
  qlik: `qlik: { url: "${url}", apiKey: k, perMinute: 60000000 }`,
  "product-live": `product-live: { url: "${url}", apiKey: k, perMinute: 60000000, size: 1000 }`,
  "better-content-archiving": `better-content-archiving: { folder: "${file}" }`,
};

const started = performance.now();
const cpu = process.cpuUsage();
const read = way === "bare" ? await bare() : await bridged();
const { user, system: kernel } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({
    records: read,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (user + kernel) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
);
process.exit(0);

async function bridged(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-bench-"));
  const telemetry = openTelemetry({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url }, say: (line) => console.error(line) });
  if (typeof telemetry === "string") throw new Error(telemetry);
  const isLive = system === "devo";
  await using bridges = await startBridges({
    bridges: configOf("bench", configs[system] ?? "", {}).bridges,
    data: folder,
    telemetry,
    say: (line) => console.error(line),
    // Devo keeps no history: its list is read again and again.
    ...(isLive ? { clock: { now: () => Date.now(), wait: () => Promise.resolve() } } : { backfill: began }),
  });
  const readSoFar = (): number => bridges.standings()[0]?.records ?? 0;
  if (isLive) while (readSoFar() < records) await new Promise((resolve) => void setTimeout(resolve, 20));
  else await bridges.ended;
  rmSync(folder, { recursive: true, force: true });
  return readSoFar();
}

/** The same bodies with nothing but fetch, JSON and the shape of their form. */
async function bare(): Promise<number> {
  const { forms } = schemas[system] ?? { forms: [] };
  let done = 0;
  for await (const items of bodies()) {
    for (const item of items) {
      const form = forms.find((each) => each.is(item as never));
      if (form?.shape.safeParse(item).success !== true) throw new Error(JSON.stringify(item).slice(0, 200));
    }
    done += items.length;
    if (done >= records) return done;
  }
  return done;
}

async function* bodies(): AsyncGenerator<readonly object[]> {
  const get = (path: string): Promise<Record<string, object[]>> => got(path);
  if (system === "harperdb")
    for (let at = 0; at < records; at += 1000) {
      const [from, to] = [began + at * apartMs - 1, began + (at + 1000) * apartMs].map((ms) =>
        new Date(ms).toISOString(),
      );
      const body = JSON.stringify({ operation: "search_jobs_by_start_date", from_date: from, to_date: to });
      yield await got<object[]>("/", { method: "POST", body });
    }
  if (system === "devo")
    for (;;) {
      const { object = [], ...envelope } = await get("/search/jobs");
      yield object.map((job) => ({ ...envelope, object: job }));
    }
  if (system === "qlik") {
    const range = `${new Date(began).toISOString()}/${new Date(began + records * apartMs).toISOString()}`;
    for (let at = 0; at < records; at += 100)
      yield (await get(`/api/v1/audits?eventTime=${encodeURIComponent(range)}&next=${at}`))["data"] ?? [];
  }
  if (system === "product-live")
    for (let page = 0; page * 1000 < records; page++)
      yield (await get(`/v1/audit_logs?page=${page}&size=1000`))["data"] ?? [];
  if (system === "better-content-archiving") yield* linesIn(join(file, "executions.ndjson"));
}

async function got<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await fetch(`${url}${path}`, init)).json()) as T;
}

async function* linesIn(path: string): AsyncGenerator<readonly object[]> {
  const { createReadStream } = await import("node:fs");
  const { createInterface } = await import("node:readline");
  for await (const line of createInterface({ input: createReadStream(path) })) yield [JSON.parse(line) as object];
}
