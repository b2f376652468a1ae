/** `pnpm proof:clients`: the official clients of Devo and Qlik Cloud take what the fakes answer. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { startDevo, startQlik } from "@jobtrail/testing/fakes";
import { root } from "../../tools/workspace.ts";
import { installed } from "../hosts/hosts.ts";

const execute = promisify(execFile);
const clients = join(import.meta.dirname, "clients");

interface Call {
  readonly call: string;
  readonly value: unknown;
}

const callsIn = (out: string): readonly Call[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Call);

/** Python with the client's packages, in an environment of its own. */
async function python(): Promise<string> {
  const to = join(root, ".cache/bridges/python");
  const mark = join(to, "installed.txt");
  const wanted = readFileSync(join(clients, "requirements.txt"), "utf8");
  const program = join(to, "bin/python");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return program;
  mkdirSync(to, { recursive: true });
  await execute("python3", ["-m", "venv", to]);
  await execute(program, ["-m", "pip", "install", "--quiet", "-r", join(clients, "requirements.txt")]);
  writeFileSync(mark, wanted);
  return program;
}

/** Devo's client wants TLS. */
async function devo(): Promise<readonly Row[]> {
  const certificates = join(root, "packages/delivery/test");
  const tls = {
    key: readFileSync(join(certificates, "key.pem"), "utf8"),
    cert: readFileSync(join(certificates, "cert.pem"), "utf8"),
  };
  await using fake = await startDevo({ tls });
  const { id } = fake.launch();
  const { stdout } = await execute(await python(), [join(clients, "jobs.py"), fake.url.replace("/search", ""), id]);
  const expected = new Map<string, unknown>([
    ["get_jobs", [id]],
    ["get_job", "RUNNING"],
    ["stop_job", "STOPPED"],
    ["stop_job of a stopped job", 101],
    ["start_job", "RUNNING"],
    ["get_jobs with a token", [id]],
    ["get_jobs with a JWT", [id]],
    ["get_jobs with a wrong secret", {}],
    ["remove_job", "REMOVED"],
    ["get_job of a removed job", 100],
  ]);
  return rows("devo-sdk 7.0.2", callsIn(stdout), expected);
}

async function qlik(): Promise<readonly Row[]> {
  await using fake = await startQlik();
  const runs = Array.from({ length: 3 }, (_, i) => {
    const { id, automation } = fake.start();
    fake.end(id, { status: "failed", error: ["why"], stopTime: `2026-09-30T0${i}:00:00.000000Z` });
    return { id, automation };
  });
  const [first, second, third] = runs;
  if (first === undefined || second === undefined || third === undefined) throw new Error("There are no runs.");
  const folder = await installed(clients, "bridges/qlik", clients, []);
  cpSync(join(clients, "qlik.mjs"), join(folder, "qlik.mjs"));
  const { stdout } = await execute(process.execPath, [join(folder, "qlik.mjs"), fake.url, first.automation, first.id]);
  const expected = new Map<string, unknown>([
    ["getAudits", [200, [first.id, second.id]]],
    ["getAudits, the next page", [200, [third.id]]],
    ["getAutomationRuns", [200, 3]],
    ["getAutomationRun", [200, "failed", ["why"]]],
    ["getAutomationRuns with a wrong key", 401],
  ]);
  return rows("@qlik/api 2.19.0", callsIn(stdout), expected);
}

interface Row {
  readonly client: string;
  readonly call: string;
  readonly answer: string;
  readonly isExpected: boolean;
}

function rows(client: string, calls: readonly Call[], expected: ReadonlyMap<string, unknown>): readonly Row[] {
  const found = new Map(calls.map(({ call, value }) => [call, value]));
  return [...expected].map(([call, wanted]) => ({
    client,
    call,
    answer: JSON.stringify(found.get(call)) ?? "nothing",
    isExpected: isDeepStrictEqual(found.get(call), wanted),
  }));
}

const all = [...(await devo()), ...(await qlik())];
console.log("| client | call | what it makes of the answer | as expected |\n| --- | --- | --- | --- |");
for (const { client, call, answer, isExpected } of all)
  console.log(`| ${client} | ${call} | ${answer} | ${isExpected ? "yes" : "no"} |`);
if (all.some(({ isExpected }) => !isExpected)) process.exitCode = 1;
