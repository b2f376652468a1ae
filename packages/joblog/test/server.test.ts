import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startJobLog, StartError, StoreError } from "../src/index.ts";
import { openStore } from "../src/store.ts";
import { jobs, post } from "./sender.ts";
import { keep } from "./stored.ts";
import { email, JobStory } from "./story.ts";

test.each(["127.0.0.1", "::1"])("a port that is taken at %s is an error that names it", async (address) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, address, resolve));
  const { port } = taken.address() as AddressInfo;
  const error = await startJobLog({ port }).then(undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(StartError);
  expect(error).toMatchObject({
    code: "JOBTRAIL_PORT_IN_USE",
    message: `JOBTRAIL_PORT_IN_USE: port ${port} at ${address} is taken by another program, perhaps another job log; end that one, or choose another port with --port.`,
  });
  await new Promise((resolve) => taken.close(resolve));
  await using log = await startJobLog({ port });
  expect(log.url).toBe(`http://localhost:${port}`);
});

test.each(["203.0.113.7", "no-such-host.invalid"])(
  "%s, which is not this machine, is an error that names it",
  async (host) => {
    await expect(startJobLog({ port: 0, host })).rejects.toMatchObject({
      code: "JOBTRAIL_HOST_UNKNOWN",
      message: expect.stringContaining(JSON.stringify(host)),
    });
  },
);

test("a folder that cannot be made is an error that names it", async () => {
  const data = join(import.meta.filename, "data");
  const error = await startJobLog({ port: 0, data }).then(undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ message: expect.stringContaining(`the folder ${data} cannot be made: `) });
});

test("what was kept is there again after an end, which may be asked for twice", async () => {
  using folder = temporary();
  const first = await startJobLog({ port: 0, data: folder.path });
  await post(`${first.url}/v1/logs`, jobs(["1"]));
  await Promise.all([first.close(), first.close()]);
  await using second = await startJobLog({ port: 0, data: folder.path });
  expect(await second.summary()).toMatchObject({ jobs: 1, records: 3 });
});

test("an open stream of events does not keep it from ending", async () => {
  const log = await startJobLog({ port: 0 });
  const stream = await fetch(`${log.url}/api/v1/stream`);
  const reader = stream.body?.getReader();
  await reader?.read();
  await log.close();
  await expect(reader?.read()).rejects.toThrow("terminated");
});

test("days that ended before the time that is kept are forgotten, and what was forgotten is noted", async () => {
  using folder = temporary();
  const store = await openStore({ data: folder.path });
  const job = new JobStory(email, "1");
  await keep(store, job.queued(0), job.started(1, 1), job.succeeded(1, 2));
  await store.close();
  await using log = await startJobLog({ port: 0, data: folder.path, retainMs: 1000 });
  await post(`${log.url}/v1/logs`, jobs(["2"]));
  await expect.poll(async () => (await log.summary()).jobs, { timeout: 10_000 }).toBe(1);
  const [line = ""] = readFileSync(join(folder.path, "removed.jsonl"), "utf8").split("\n");
  expect(JSON.parse(line)).toMatchObject({ day: "2026-03-02", removed: { jobs: 1, records: 3 } });
});

test("the one warning that SQLite is experimental is not shown, and every other one is", () => {
  const program = join(import.meta.dirname, "programs/warned.ts");
  const { stderr } = spawnSync(process.execPath, ["--conditions=@jobtrail/source", program], { encoding: "utf8" });
  expect(stderr.match(/\w*Warning: .*/g)).toEqual([
    "Warning: before",
    "ExperimentalWarning: another feature is experimental",
    "Warning: after",
  ]);
});

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-server-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
