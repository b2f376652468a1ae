import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configOf, openTelemetry, startBridges } from "@jobtrail/bridge";
import type { Bridges } from "@jobtrail/bridge";
import { bcaCsv, bcaExecution, startDevo, startHarperDb, startProductLive, startQlik } from "@jobtrail/testing/fakes";
import type { FakeDevo, FakeHarperDb, FakeProductLive, FakeQlik } from "@jobtrail/testing/fakes";
import type { Progress } from "./terminal.ts";

/** Five other systems at work, and the bridges that read them. */
export interface Bridged extends AsyncDisposable {
  /** Where the health of the bridges is asked. */
  readonly health: string;
}

const secret = "a-webhook-secret-of-32-characters";

/** Starts stand-ins for five systems and the bridges to them. */
export async function openBridged(folder: string, jobLog: string, show: Progress): Promise<Bridged> {
  await using opened = new AsyncDisposableStack();
  const harper = opened.use(await startHarperDb());
  const devo = opened.use(await startDevo());
  const qlik = opened.use(await startQlik({ secret }));
  const live = opened.use(await startProductLive());
  const executions = join(folder, "executions");
  mkdirSync(executions, { recursive: true });
  const yaml = configFor({ harper, devo, qlik, live }, executions);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: jobLog };
  const telemetry = openTelemetry({ env, say: (line) => show.say(line) });
  if (typeof telemetry === "string") throw new Error(telemetry);
  const bridges = opened.use(
    await startBridges({
      bridges: configOf("the demo", yaml, {}).bridges,
      data: join(folder, "bridges"),
      telemetry,
      say: (line) => show.say(line),
      listen: "127.0.0.1:0",
    }),
  );
  const stop = atWork({ harper, devo, qlik, live, executions, bridges });
  opened.defer(stop);
  const kept = opened.move();
  return { health: `${bridges.url}/health`, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

interface Servers {
  readonly harper: FakeHarperDb;
  readonly devo: FakeDevo;
  readonly qlik: FakeQlik;
  readonly live: FakeProductLive;
}

const configFor = ({ harper, devo, qlik, live }: Servers, executions: string): string => `
harperdb: { url: "${harper.url}", username: HDB_ADMIN, password: secret-password, every: 2s }
devo: { url: "${devo.url}", token: devo-token, every: 2s, progressEvery: 10s }
qlik: { url: "${qlik.url}", apiKey: qlik-api-key, secret: ${secret}, every: 10s }
product-live: { url: "${live.url}", apiKey: product-live-key, every: 4s, perMinute: 600 }
better-content-archiving: { folder: "${executions}", every: 2s }
`;

interface AtWork extends Servers {
  readonly executions: string;
  readonly bridges: Bridges;
}

const everyMs = 3000;

/** Lets jobs come and go; gives what ends that. */
function atWork(systems: AtWork): () => void {
  let [turn, stopped] = [0, false];
  const next = (): void => {
    if (stopped) return;
    turn++;
    for (const act of [loadCsv, runQuery, runAutomation, runInstance, archive]) act(systems, turn);
  };
  next();
  const timer = setInterval(next, everyMs);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

const soon = (act: () => unknown): void => void setTimeout(act, everyMs * 0.8).unref();

function loadCsv({ harper }: AtWork, turn: number): void {
  const { id } = harper.start({ user: "grace", type: turn % 3 === 0 ? "export_to_s3" : "csv_data_load" });
  const isPartial = turn % 4 === 0;
  const outcome =
    turn % 5 === 0
      ? { status: "ERROR", message: "getaddrinfo ENOTFOUND s3.eu-west-1.amazonaws.com" }
      : { message: `successfully loaded ${isPartial ? 349 : 350} of 350 records` };
  soon(() => harper.end(id, outcome));
}

/** Two queries: one works on, the other is stopped by an error now and then and started again. */
function runQuery({ devo }: AtWork, turn: number): void {
  const [steady, flaky] = devo.tasks.size === 0 ? [launch(devo, "s3"), launch(devo, "kafka")] : [...devo.tasks.keys()];
  if (steady === undefined || flaky === undefined) return;
  devo.work(steady, 100);
  if (turn % 6 === 0) devo.stop(flaky, ["the broker does not answer"]);
  else if (turn % 6 === 3) devo.start(flaky);
  if (devo.tasks.get(flaky)?.status === "RUNNING") devo.work(flaky);
}

const launch = (devo: FakeDevo, type: string): string => devo.launch({ type, friendlyName: `${type}_alerts` }).id;

function runAutomation({ qlik, bridges }: AtWork, turn: number): void {
  const { id } = qlik.start({ title: turn % 2 === 0 ? "Send the weekly figures" : "Refresh the stock" });
  soon(async () => {
    const status = turn % 7 === 0 ? "exceeded limit" : turn % 4 === 0 ? "failed" : "finished";
    qlik.end(id, { status, ...(status === "failed" && { error: [{ message: "The connector answered 500" }] }) });
    await qlik.deliver(`${bridges.url}/webhooks/qlik`, id).catch(() => undefined);
  });
}

function runInstance({ live }: AtWork, turn: number): void {
  const { id } = live.queue({ title: turn % 2 === 0 ? "export-items_api" : "import-prices" });
  const before = [...live.instances.values()].find(({ status }) => status === "RUNNING");
  if (before !== undefined) live.end(before.id, turn % 5 === 0 ? "COMPLETED_WITH_ERRORS" : "COMPLETED");
  live.begin(id);
}

function archive({ executions }: AtWork, turn: number): void {
  const now = Date.now();
  const fields = bcaExecution({
    "Job execution ID": `execution-${now}`,
    Job: turn % 2 === 0 ? "Send notifications" : "Refresh content statuses",
    Status: turn % 6 === 0 ? "Failed" : "Successful",
    "Executed by": turn % 4 === 0 ? "Ada Lovelace" : "Scheduled execution",
    Started: new Date(now - 42_000).toISOString(),
    Ended: new Date(now).toISOString(),
  });
  const path = join(executions, `${turn}.csv`);
  writeFileSync(`${path}.part`, bcaCsv([fields]));
  // The importer takes a file that was not changed for a moment.
  utimesSync(`${path}.part`, now / 1000 - 60, now / 1000 - 60);
  renameSync(`${path}.part`, path);
}
