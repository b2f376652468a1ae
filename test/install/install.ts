import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { LogRecord, Received, Receiver, Span } from "./receiver.ts";

const execute = promisify(execFile);

/** A folder of its own, gone at the end. */
export interface Folder extends Disposable {
  readonly path: string;
}

/** An app in an empty folder, with Jobtrail's tarballs and BullMQ installed by npm. */
export async function installApp(tarballs: readonly string[]): Promise<Folder> {
  const folder = emptyFolder({ name: "mailer", version: "1.0.0" });
  await npmInstall(folder, [...tarballs, "bullmq@6.7.0", "ioredis@5"]);
  cpSync(join(import.meta.dirname, "app"), folder.path, { recursive: true });
  return folder;
}

/** What npm said while it installed an app. */
export interface Installed extends Folder {
  readonly said: string;
}

/** An app with an SDK of OpenTelemetry's older line, in which Jobtrail's tarballs are installed afterwards, without a flag. */
export async function installBesideOlderSdk(tarballs: readonly string[]): Promise<Installed> {
  const folder = emptyFolder({ name: "host", version: "1.0.0", type: "module" });
  const own = JSON.parse(readFileSync(join(hosts, "sdk-0.208/package.json"), "utf8")) as { dependencies: object };
  await npmInstall(
    folder,
    Object.entries(own.dependencies).map(([name, version]) => `${name}@${version}`),
  );
  const said = await npmInstall(folder, tarballs);
  cpSync(join(hosts, "app.mjs"), join(folder.path, "app.mjs"));
  return { ...folder, said };
}

const hosts = join(import.meta.dirname, "../hosts");

/** Runs that app with the flag, and gives the names of the spans that its own SDK was given. */
export async function spansOf({ path }: Folder, receiver: Receiver): Promise<readonly string[]> {
  const env = { ...outside(), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
  const given = ["--import", "@jobtrail/register", "app.mjs"];
  const { stdout } = await execute(process.execPath, given, { cwd: path, env, timeout: 30_000 });
  return (JSON.parse(stdout) as { spans: readonly { name: string }[] }).spans.map(({ name }) => name);
}

/** Packages in an empty folder of their own. */
export async function installPackages(manifest: object, packages: readonly string[]): Promise<Folder> {
  const folder = emptyFolder(manifest);
  await npmInstall(folder, packages);
  return folder;
}

/** A version of Node, as its npm package brings it. */
export async function installNode(version: string): Promise<Folder & { readonly program: string }> {
  const folder = await installPackages({ name: "node-of-its-own" }, [`node@${version}`]);
  return { ...folder, program: join(folder.path, "node_modules/node/bin/node") };
}

function emptyFolder(manifest: object): Folder {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-install-"));
  writeFileSync(join(path, "package.json"), JSON.stringify({ private: true, ...manifest }));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Installs packages; gives what npm said. @throws Error where it refuses. */
async function npmInstall({ path }: Folder, packages: readonly string[]): Promise<string> {
  const quiet = ["--no-audit", "--no-fund", "--loglevel", "warn", "--prefer-offline"];
  // By default npm waits five minutes on a connection that has stalled.
  const patience = ["--fetch-timeout", "20000", "--fetch-retry-mintimeout", "1000"];
  const given = ["install", ...quiet, ...patience, ...packages];
  const { stderr } = await execute("npm", given, { cwd: path, env: outside() });
  return stderr;
}

/** The environment without what pnpm, the test runner and a watched shell put into it; npm's settings stay. */
const outside = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(package|lifecycle)_|VITEST|NODE_(ENV|OPTIONS|PATH)$|OTEL_|JOBTRAIL_)/i.test(name),
    ),
  );

/** Where an app runs: its folder, the Node that runs it, and what it talks to. */
export interface Place {
  readonly folder: string;
  readonly node: string;
  readonly redis: string;
  readonly receiver: Receiver;
}

/** Runs a producer and a worker of two jobs, with only the flag, and returns their telemetry. */
export async function runApp(format: "mjs" | "cjs", { folder, node, redis, receiver }: Place): Promise<Telemetry> {
  const env = {
    ...outside(),
    REDIS_PORT: new URL(redis).port,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  };
  let said = "";
  for (const program of ["producer", "worker"]) {
    const options = { cwd: folder, env, timeout: 30_000 };
    const { stdout, stderr } = await execute(node, ["--import", "@jobtrail/register", `${program}.${format}`], options);
    said += stdout + stderr;
  }
  return { ...summary(receiver.take()), said };
}

/** What a program printed. */
export interface Printed {
  readonly out: string;
  readonly err: string;
}

/** What `npx jobtrail` prints in a folder, run by a Node. */
export const jobtrail = (args: readonly string[], { folder, node }: Pick<Place, "folder" | "node">): Promise<Printed> =>
  printed("npx", ["--loglevel", "error", "jobtrail", ...args], {
    cwd: folder,
    env: { ...outside(), PATH: `${dirname(node)}:${outside()["PATH"]}` },
  });

/** What an app prints that starts a job log of its own and gives a warning of its own. */
export const embedded = ({ folder, node }: Pick<Place, "folder" | "node">): Promise<Printed> =>
  printed(node, ["--input-type=module", "--eval", embedding], { cwd: folder, env: outside() });

const embedding = `
import { startJobLog } from "@jobtrail/joblog";
const log = await startJobLog({ port: 0 });
console.log((await log.summary()).jobs);
process.emitWarning("of its own");
await log.close();
`;

async function printed(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Printed> {
  const { stdout, stderr } = await execute(program, args, { ...options, timeout: 60_000 });
  return { out: stdout, err: stderr };
}

/** The telemetry of two jobs, without values that differ between runs. */
export interface Telemetry {
  readonly services: readonly unknown[];
  readonly spans: readonly string[];
  /** Runs whose span is a root with one link: to the span that queued the job. */
  readonly linked: number;
  readonly records: readonly string[];
  /** Records that stand in the trace of a span that arrived. */
  readonly traced: number;
  readonly metrics: readonly string[];
  /** What the two programs printed. */
  readonly said: string;
}

const consumer = 5;

function summary({ spans, records, metrics, services }: Received): Omit<Telemetry, "said"> {
  const queued = records.filter(({ eventName }) => eventName === "job.queued");
  const started = records.filter(({ eventName }) => eventName === "job.run.started");
  const linked = spans.filter((span) => span.kind === consumer && isLinked(span, queued, started));
  return {
    services: [...services],
    spans: spans.map(({ name, kind }) => `${name}, kind ${kind}`).sort(),
    linked: linked.length,
    records: records.map(({ eventName }) => eventName).sort(),
    traced: records.filter((record) => spans.some((span) => isSame(span, record))).length,
    metrics: [...new Set(metrics.map(({ name }) => name))].sort(),
  };
}

/** Whether a run's span is linked to the span of the record that says that the same job was queued. */
function isLinked(span: Span, queued: readonly LogRecord[], started: readonly LogRecord[]): boolean {
  const run = started.find((record) => isSame(span, record));
  const producer = queued.find((record) => run !== undefined && uidOf(record) === uidOf(run));
  const [link, ...more] = span.links ?? [];
  const isRoot = span.parentSpanId === undefined || span.parentSpanId === "";
  return isRoot && more.length === 0 && link !== undefined && producer !== undefined && isSame(link, producer);
}

type Spanned = Pick<Span, "traceId" | "spanId">;

const isSame = (one: Spanned, other: Spanned): boolean => one.traceId === other.traceId && one.spanId === other.spanId;

const uidOf = ({ attributes }: LogRecord): unknown =>
  attributes.find(({ key }) => key === "job.uid")?.value["stringValue"];
