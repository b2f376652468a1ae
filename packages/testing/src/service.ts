import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A private server: on a free port, with a temporary folder, removed at the end. */
export interface Running extends AsyncDisposable {
  readonly url: string;
  /** Where programs find it: `REDIS_URL` or `DATABASE_URL`. */
  readonly env: Readonly<Record<string, string>>;
}

/** A server that tests need. */
export interface Service {
  readonly name: string;
  /** The path of its program; absent where it is not installed. */
  find(): string | undefined;
  /** How to get it, as a command. */
  readonly install: string;
  start(): Promise<Running>;
}

/** Redis, as Debian packages it. */
export const redis: Service = {
  name: "redis-server",
  install: "apt-get install redis-server",
  find: () => programIn("redis-server", path()),
  start: startRedis,
};

/** PostgreSQL, as Debian packages it: the latest version that is installed. */
export const postgres: Service = {
  name: "postgresql",
  install: "apt-get install postgresql",
  find: () => programIn("postgres", [...path(), ...globSync("/usr/lib/postgresql/*/bin").sort(byVersion)]),
  start: startPostgres,
};

/** Says that a service is missing and how to get it. */
const missing = ({ name, install }: Service): string => `${name} is not installed. Get it with: ${install}`;

/** What tests do that need a service which is not installed: on CI (`CI=true`) they fail, else they are skipped. */
export const absenceOf = (
  service: Service,
  env: NodeJS.ProcessEnv,
): { readonly line: string; readonly fails: boolean } | undefined =>
  service.find() === undefined ? { line: missing(service), fails: env["CI"] === "true" } : undefined;

/** Starts a Redis that stores nothing on disk. @throws Error where it is not installed or does not start. */
export async function startRedis(): Promise<Running> {
  const program = wanted(redis);
  const port = await freePort();
  const folder = ownFolder("redis");
  const given = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--appendonly", "no"];
  const server = await started(spawn(program, given), "Ready to accept connections", folder);
  const url = `redis://127.0.0.1:${port}`;
  return { url, env: { REDIS_URL: url }, [Symbol.asyncDispose]: () => stopped(server, "SIGKILL", folder) };
}

/** Starts a PostgreSQL with an empty database. @throws Error where it is not installed or does not start. */
export async function startPostgres(): Promise<Running> {
  const program = wanted(postgres);
  const port = await freePort();
  const by = ordinaryUser();
  const folder = ownFolder("postgres", by);
  const data = join(folder.path, "data");
  const making = ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"];
  try {
    execFileSync(join(program, "..", "initdb"), making, {
      ...by,
      cwd: folder.path,
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    folder.remove();
    throw error;
  }
  const quick = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"];
  const given = ["-D", data, "-p", `${port}`, "-h", "127.0.0.1", "-k", folder.path];
  const server = await started(
    spawn(program, [...given, ...quick.flatMap((setting) => ["-c", setting])], { ...by, cwd: folder.path }),
    "ready to accept connections",
    folder,
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  // SIGQUIT ends its children too, which SIGKILL would leave behind.
  return { url, env: { DATABASE_URL: url }, [Symbol.asyncDispose]: () => stopped(server, "SIGQUIT", folder) };
}

function wanted(service: Service): string {
  const program = service.find();
  if (program === undefined) throw new Error(missing(service));
  return program;
}

const path = (): string[] => (process.env["PATH"] ?? "").split(delimiter);

const programIn = (name: string, folders: readonly string[]): string | undefined =>
  folders.map((folder) => join(folder, name)).find((file) => existsSync(file));

const byVersion = (one: string, other: string): number => other.localeCompare(one, "en", { numeric: true });

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made, else as nobody. */
function ordinaryUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string, user: string): number =>
    Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: idOf("-u", "postgres"), gid: idOf("-g", "postgres") };
  } catch {
    return { uid: idOf("-u", "nobody"), gid: idOf("-g", "nobody") };
  }
}

interface Folder {
  readonly path: string;
  remove(): void;
}

function ownFolder(name: string, owner?: User): Folder {
  const made = mkdtempSync(join(tmpdir(), `jobtrail-${name}-`));
  if (owner !== undefined) chownSync(made, owner.uid, owner.gid);
  return { path: made, remove: () => rmSync(made, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A port that was free a moment ago: neither server can choose one itself and report it. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

const startDeadlineMs = 30_000;

/** Waits until a server says that it is ready. */
function started(server: ChildProcess, ready: string, folder: Folder): Promise<ChildProcess> {
  const orphaned = (): boolean => server.kill("SIGKILL");
  process.once("exit", orphaned);
  server.once("exit", () => process.removeListener("exit", orphaned));
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => {
      server.kill("SIGKILL");
      over(`was not ready after ${startDeadlineMs} ms`);
    }, startDeadlineMs);
    const over = (what: string): void => {
      clearTimeout(timer);
      folder.remove();
      reject(new Error(`${server.spawnfile} ${what}. It said:\n${said}`));
    };
    const listen = (text: Buffer): void => {
      said += text.toString();
      if (!said.includes(ready)) return;
      clearTimeout(timer);
      server.removeAllListeners("exit");
      server.once("exit", () => process.removeListener("exit", orphaned));
      server.stdout?.removeListener("data", listen).resume();
      server.stderr?.removeListener("data", listen).resume();
      resolve(server);
    };
    server.stdout?.on("data", listen);
    server.stderr?.on("data", listen);
    server.once("error", (error) => over(`could not be started: ${error.message}`));
    server.once("exit", (code, signal) => over(`ended with ${signal ?? code}`));
  });
}

async function stopped(server: ChildProcess, signal: NodeJS.Signals, folder: Folder): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill(signal);
    await gone;
  }
  folder.remove();
}
