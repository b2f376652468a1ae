import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { bcaExecution } from "@jobtrail/testing/fakes";
import { began } from "./bridges/time.ts";
import { lines } from "./lines.ts";

const execute = promisify(execFile);

/** What reading a history took. */
export interface Read {
  readonly records: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** A system with what its bridge took, and what fetch and zod alone take for the same bodies. */
export interface Bridged {
  readonly system: string;
  readonly bridge: Read;
  readonly bare: Read;
}

const systems = ["better-content-archiving", "devo", "harperdb", "product-live", "qlik"] as const;

/** Reads so many records of each system, in a process of its own, from a server without a rate limit. */
export async function measureBridges(
  records: number,
  over: (system: string) => void = () => undefined,
): Promise<readonly Bridged[]> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-bench-bridges-"));
  const server = spawn(process.execPath, ["--conditions=@jobtrail/source", program("server"), String(records)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = (await once(createInterface(server.stdout), "line")) as [string];
    await writeExecutions(folder, records);
    const all: Bridged[] = [];
    for (const system of systems) {
      const read = async (way: string): Promise<Read> => {
        const args = [way, system, `http://127.0.0.1:${port}`, String(records), join(folder, "executions")];
        const options = { maxBuffer: 64 * 1024 * 1024 };
        const { stdout } = await execute(
          process.execPath,
          ["--conditions=@jobtrail/source", program("backfill"), ...args],
          options,
        );
        return JSON.parse(stdout) as Read;
      };
      all.push({ system, bridge: await read("bridge"), bare: await read("bare") });
      over(system);
    }
    return all;
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const program = (name: string): string => join(import.meta.dirname, `bridges/${name}.ts`);

async function writeExecutions(folder: string, records: number): Promise<void> {
  mkdirSync(join(folder, "executions"));
  const path = join(folder, "executions/executions.ndjson");
  const file = createWriteStream(path);
  for (let i = 0; i < records; i++) {
    const start = began + i * 60_000;
    const fields = bcaExecution({
      "Job execution ID": `execution-${i}`,
      Started: new Date(start).toISOString(),
      Ended: new Date(start + 42_000).toISOString(),
    });
    if (!file.write(`${JSON.stringify(fields)}\n`)) await once(file, "drain");
  }
  file.end();
  await finished(file);
  utimesSync(path, 1_000_000_000, 1_000_000_000);
}

const perSecond = ({ records, seconds }: Read): string => Math.round(records / seconds).toLocaleString("en");
const micros = ({ records, cpuSeconds }: Read): string => String(Math.round((cpuSeconds / records) * 1e6));

/** The table of what was measured. */
export const tableOfBridges = (all: readonly Bridged[]): string =>
  lines([
    ["", "records", "records/s", "CPU µs/record", "peak MB", "fetch and zod: records/s", "CPU µs/record", "peak MB"],
    ...all.map(({ system, bridge, bare }) => [
      system,
      bridge.records.toLocaleString("en"),
      perSecond(bridge),
      micros(bridge),
      String(Math.round(bridge.peakMb)),
      perSecond(bare),
      micros(bare),
      String(Math.round(bare.peakMb)),
    ]),
  ]);
