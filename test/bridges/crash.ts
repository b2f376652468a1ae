import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startJobLog } from "@jobtrail/joblog";
import { bcaCsv, bcaExecution, startDevo, startHarperDb, startProductLive, startQlik } from "@jobtrail/testing/fakes";
import type { Fake, Fault } from "@jobtrail/testing/fakes";
import { root } from "../../tools/workspace.ts";

/** How much a proof does. */
export interface Wish {
  readonly kills: number;
  /** Jobs of each system. */
  readonly jobs: number;
  readonly say: (sentence: string) => void;
}

/** What a system's own servers know of a job, and what the job log says of it. */
interface Standing {
  readonly state: string;
  readonly runs: number;
}

/** The jobs of each system, by system and id. */
type Truth = Map<string, Standing>;

/** What differs; nothing where the job log holds, run by run, what the systems showed. */
export interface Proof {
  readonly differences: readonly string[];
  readonly jobs: number;
  readonly runs: number;
  readonly kills: number;
  /** Requests that a server answered with a failure. */
  readonly failures: number;
}

const faults: readonly Fault[] = [
  { status: 500, body: { error: "internal error" } },
  { status: 503 },
  { status: 429, headers: { "retry-after": "1" }, body: {} },
  "html",
  "cut off",
  "hang up",
];

const secret = "a-webhook-secret-of-32-characters";

/** The share of requests that fail. */
const failing = 0.1;

/**
 * Runs jobs of all five systems against their fakes while a bridge reads them, is killed with SIGKILL again and again,
 * and a tenth of the requests fail.
 */
export async function crash({ kills, jobs, say }: Wish): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-bridges-"));
  await using log = await startJobLog({ data: join(folder, "joblog"), port: 0 });
  await using harper = await startHarperDb();
  await using devo = await startDevo();
  await using qlik = await startQlik({ secret });
  await using live = await startProductLive();
  const fakes: readonly Fake[] = [harper, devo, qlik, live];
  const executions = join(folder, "executions");
  mkdirSync(executions);
  const port = await freePort();
  const config = join(folder, "bridge.yaml");
  writeFileSync(config, configFor({ harper, devo, qlik, live }, { log: log.url, folder, executions, port }));
  const bridge = processOf(config, say);
  for (const fake of fakes) fake.failAtRandom(failing, faults);
  try {
    const truths = await Promise.all([
      harperJobs(harper, jobs),
      devoJobs(devo, Math.ceil(jobs / 10), bridge),
      qlikRuns(qlik, jobs, `http://127.0.0.1:${port}/webhooks/qlik`),
      liveInstances(live, jobs),
      bcaExecutions(executions, jobs),
      killed(bridge, kills, say),
    ]);
    for (const fake of fakes) fake.failAtRandom(0, []);
    const truth: Truth = new Map(truths.flatMap((each) => [...(each ?? [])]));
    const differences = await settled(log.url, truth);
    const runs = [...truth.values()].reduce((sum, each) => sum + each.runs, 0);
    const failures = fakes.reduce((sum, { requests, served }) => sum + requests.length - served.length, 0);
    return { differences, jobs: truth.size, runs, kills, failures };
  } finally {
    await bridge.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A port that is free now: a bridge that is started again listens where the one before it did. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

interface Servers {
  readonly harper: Fake;
  readonly devo: Fake;
  readonly qlik: Fake;
  readonly live: Fake;
}

interface Places {
  readonly log: string;
  readonly folder: string;
  readonly executions: string;
  /** Where webhooks arrive. */
  readonly port: number;
}

const configFor = ({ harper, devo, qlik, live }: Servers, { log, folder, executions, port }: Places): string => `
endpoint: ${log}
listen: 127.0.0.1:${port}
data: ${join(folder, "bridge")}
harperdb: { url: "${harper.url}", username: HDB_ADMIN, password: secret-password, every: 1s }
devo: { url: "${devo.url}", token: devo-token, every: 1s, progressEvery: 1s }
qlik: { url: "${qlik.url}", apiKey: qlik-api-key, secret: ${secret}, every: 1s }
product-live: { url: "${live.url}", apiKey: product-live-key, every: 1s, perMinute: 60000 }
better-content-archiving: { folder: "${executions}", every: 1s }
`;

/** The bridge as a process that dies and lives again. */
interface Bridge {
  /** How often it was started. */
  readonly lives: number;
  kill(): Promise<void>;
  end(): Promise<void>;
}

function processOf(config: string, say: (sentence: string) => void): Bridge {
  const main = join(root, "packages/cli/src/main.ts");
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, ["--conditions=@jobtrail/source", main, "bridge", "--config", config], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.on("data", (text: Buffer) => {
      if (/refused|CHECKPOINT/.test(text.toString())) say(text.toString().trim());
    });
    return child;
  };
  let child = start();
  let lives = 1;
  const dead = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "exit");
    child.kill(signal);
    await closed;
  };
  return {
    get lives() {
      return lives;
    },
    async kill() {
      await dead("SIGKILL");
      lives++;
      child = start();
    },
    end: () => dead("SIGTERM"),
  };
}

async function killed(bridge: Bridge, kills: number, say: (sentence: string) => void): Promise<undefined> {
  for (let kill = 1; kill <= kills; kill++) {
    await delay(1500 + Math.random() * 2500);
    await bridge.kill();
    say(`killed ${kill} of ${kills} times`);
  }
  return undefined;
}

/** A moment, so that what happens is spread over the kills. */
const moment = (): Promise<void> => delay(Math.random() * 60);

const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(Math.random() * values.length)] ?? values[0];

async function harperJobs(harper: Awaited<ReturnType<typeof startHarperDb>>, jobs: number): Promise<Truth> {
  const truth: Truth = new Map();
  for (let i = 0; i < jobs; i++) {
    const { id } = harper.start();
    await moment();
    const status = pick(["COMPLETE", "COMPLETE", "ERROR"]);
    harper.end(id, { status });
    truth.set(`harperdb ${id}`, { state: status === "ERROR" ? "failed" : "completed", runs: 1 });
  }
  return truth;
}

/** Queries that are stopped and started again; each state lasts until one process has seen it and asked again. */
async function devoJobs(devo: Awaited<ReturnType<typeof startDevo>>, jobs: number, bridge: Bridge): Promise<Truth> {
  const truth: Truth = new Map();
  const lists = (): number => devo.served.filter(({ path }) => path === "/search/jobs").length;
  const seen = async (): Promise<void> => {
    for (let [life, from] = [bridge.lives, lists()]; lists() < from + 3; await delay(50))
      if (life !== bridge.lives) [life, from] = [bridge.lives, lists()];
  };
  const launched = Array.from({ length: jobs }, () => devo.launch().id);
  for (let run = 1; run <= 3; run++) {
    for (const id of launched) devo.work(id);
    await seen();
    for (const id of launched) devo.stop(id);
    await seen();
    if (run === 3) break;
    for (const id of launched) devo.start(id);
    await seen();
  }
  for (const id of launched) truth.set(`devo ${id}`, { state: "stopped", runs: 3 });
  return truth;
}

/** Runs whose event a webhook delivers once: what it misses must come from the audits. */
async function qlikRuns(qlik: Awaited<ReturnType<typeof startQlik>>, jobs: number, hook: string): Promise<Truth> {
  const truth: Truth = new Map();
  for (let i = 0; i < jobs; i++) {
    const { id } = qlik.start();
    await moment();
    const status = pick(["finished", "failed", "stopped"]);
    qlik.end(id, { status });
    if (i % 3 > 0) void qlik.deliver(hook, id).catch(() => undefined);
    const states = { finished: "completed", failed: "failed", stopped: "cancelled" } as const;
    truth.set(`qlik ${id}`, { state: states[status as keyof typeof states], runs: 1 });
  }
  return truth;
}

async function liveInstances(live: Awaited<ReturnType<typeof startProductLive>>, jobs: number): Promise<Truth> {
  const truth: Truth = new Map();
  for (let i = 0; i < jobs; i++) {
    const { id } = live.queue();
    await moment();
    live.begin(id);
    if (i % 7 === 0) live.other();
    await moment();
    live.end(id, "COMPLETED");
    truth.set(`product-live ${id}`, { state: "completed", runs: 1 });
  }
  return truth;
}

async function bcaExecutions(folder: string, jobs: number): Promise<Truth> {
  const truth: Truth = new Map();
  const began = Date.parse("2026-01-01T00:00:00Z");
  for (let i = 0; i < jobs; i += 20) {
    const batch = Array.from({ length: Math.min(20, jobs - i) }, (_, n) => {
      const start = began + (i + n) * 3_600_000;
      return bcaExecution({
        "Job execution ID": `execution ${i + n}`,
        Started: new Date(start).toISOString(),
        Ended: new Date(start + 42_000).toISOString(),
      });
    });
    const path = join(folder, `${i}.csv`);
    writeFileSync(path, bcaCsv(batch));
    utimesSync(path, 1_000_000_000 + i, 1_000_000_000 + i);
    for (const fields of batch)
      truth.set(`better-content-archiving ${fields["Job execution ID"]}`, { state: "completed", runs: 1 });
    await delay(1000);
  }
  return truth;
}

/** How long the last things may take to arrive. */
const patienceMs = 90_000;

/** What differs between the truth and the job log, once nothing changes any more. */
async function settled(log: string, truth: Truth): Promise<readonly string[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = differences(truth, await jobsIn(log));
    if (found.length === 0 || performance.now() > end) return found;
    await delay(500);
  }
}

interface Row {
  readonly uid: string;
  readonly id?: string;
  readonly system?: string;
  readonly state: string;
  readonly counts: { readonly runs: number };
}

async function jobsIn(log: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let next: string | undefined = ""; next !== undefined;) {
    const before = next === "" ? "" : `&before=${encodeURIComponent(next)}`;
    const response = await fetch(`${log}/api/v1/jobs?limit=200${before}`);
    const page = (await response.json()) as { readonly jobs: readonly Row[]; readonly next?: string };
    rows.push(...page.jobs);
    next = page.next;
  }
  return rows;
}

function differences(truth: Truth, rows: readonly Row[]): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  for (const { system = "", id = "", state, counts } of rows) {
    const name = `${system} ${id}`;
    const expected = truth.get(name);
    if (seen.has(name)) found.push(`${name} is there twice`);
    seen.add(name);
    if (expected === undefined) found.push(`${name} was never there`);
    else if (expected.state !== state) found.push(`${name} is ${state}; expected ${expected.state}`);
    else if (expected.runs !== counts.runs) found.push(`${name} has ${counts.runs} runs; expected ${expected.runs}`);
  }
  for (const name of truth.keys()) if (!seen.has(name)) found.push(`${name} is missing`);
  return found;
}
