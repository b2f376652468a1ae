/** `pnpm proof:joblog`: a job log that is killed at random points, again and again, loses nothing that it acknowledged. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { openStore } from "../../packages/joblog/src/store.ts";
import { root } from "../../tools/workspace.ts";
import { refuseWith, wholeNumberOr } from "../usage.ts";

const help = `pnpm proof:joblog [--kills 200]

A process keeps jobs in one folder, a request each, and is killed with SIGKILL after a random time. After each kill
every job that was acknowledged must be there, completed; after the last one the jobs made anew from the records
must equal those that were made request by request. Ends with 1 where anything is missing.`;

const refuse = refuseWith(help);
const { values } = parseArgs({ options: { kills: { type: "string" }, help: { type: "boolean" } } });
if (values.help === true) console.log(help);
else await prove(wholeNumberOr(refuse)("kills", values.kills ?? "200"));

async function prove(kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-proof-"));
  const acknowledged: string[] = [];
  try {
    for (let kill = 1; kill <= kills; kill++) {
      acknowledged.push(...(await killed(folder, kill * 1_000_000)));
      await expectAll(folder, acknowledged.slice(-2000), kill);
      if (kill % 20 === 0) console.error(`${kill} of ${kills} kills, ${acknowledged.length} jobs acknowledged`);
    }
    await expectAll(folder, acknowledged, kills);
    await expectRebuilt(folder);
    console.log(
      `${kills} kills: all of ${acknowledged.length.toLocaleString("en")} acknowledged jobs are kept, and the jobs are those of the records.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The uids that were acknowledged by a process that is killed at a random moment of its writing. */
async function killed(folder: string, first: number): Promise<string[]> {
  const program = join(root, "packages/joblog/test/programs/append.ts");
  const child = spawn(process.execPath, ["--conditions=@jobtrail/source", program, folder, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const uids: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (uids.length === 0) setTimeout(() => child.kill("SIGKILL"), Math.random() * 400);
    uids.push(line);
  }
  await closed;
  return uids;
}

async function expectAll(folder: string, uids: readonly string[], kill: number): Promise<void> {
  const store = await openStore({ data: folder });
  for (const uid of uids)
    if ((await store.history(uid))?.job.state !== "completed")
      throw new Error(`after kill ${kill} the job ${uid} is missing, though it was acknowledged`);
  await store.close();
}

async function expectRebuilt(folder: string): Promise<void> {
  const store = await openStore({ data: folder });
  const seen = async (): Promise<unknown> => [
    await store.summary(),
    (await store.jobs({ where: [] }, { limit: 100_000 })).jobs,
  ];
  const before = await seen();
  await store.rebuild();
  if (!isDeepStrictEqual(await seen(), before)) throw new Error("the jobs are not those of the records");
  await store.close();
}
