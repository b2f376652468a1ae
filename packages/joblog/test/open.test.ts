import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { now } from "@jobtrail/core/event";
import { expect, test } from "vitest";
import { StoreError } from "../src/errors.ts";
import { openStore } from "../src/store.ts";
import { append, edit, fileOf, folder, idsOf, jobsOf, keep, seen, severalStories } from "./stored.ts";
import { at, email, received, JobStory } from "./story.ts";

test("a store opened again holds the same", async () => {
  using data = folder();
  const before = await openStore({ data: data.path });
  await keep(before, ...severalStories());
  const expected = await seen(before);
  await before.close();
  const after = await openStore({ data: data.path });
  expect(await seen(after)).toEqual(expected);
  await after.close();
});

test("lists and a catalogue of another version, or that are gone or no databases, are made anew", async () => {
  using data = folder();
  const catalogue = join(data.path, "catalogue.db");
  const before = await openStore({ data: data.path });
  await keep(before, ...severalStories());
  const expected = await seen(before);
  await before.close();
  for (const change of [
    () => edit(fileOf(data.path, "jobs"), "PRAGMA user_version = 5; DROP TABLE jobs"),
    () => edit(catalogue, "PRAGMA user_version = 99"),
    () => rmSync(catalogue),
    () => rmSync(fileOf(data.path, "jobs")),
    () => writeFileSync(catalogue, noDatabase),
    () => writeFileSync(fileOf(data.path, "jobs"), noDatabase),
  ]) {
    change();
    const after = await openStore({ data: data.path });
    expect(await seen(after)).toEqual(expected);
    await after.close();
  }
});

test("a day that is damaged, missing or of a later version is reported, and the others are served", async () => {
  using data = folder();
  const before = await openStore({ data: data.path });
  const [first, second] = [new JobStory(email, "1"), new JobStory(email, "2")];
  await keep(before, first.queued(0), first.started(1, 1));
  await append(before, [received(second.queued(5))], at(86_400));
  await before.close();
  const path = fileOf(data.path, "records");
  const kept = readFileSync(path);
  chmodSync(path, 0o644);
  for (const [change, reason] of [
    [() => writeFileSync(path, noDatabase), "file is not a database"],
    [() => edit(path, "PRAGMA user_version = 99"), "was written by a later version (tables 99; this one knows 4)"],
    [() => rmSync(path), "is missing: put it back"],
  ] as const) {
    change();
    const store = await openStore({ data: data.path });
    expect(await store.problems()).toEqual([{ day: "2026-03-02", reason: expect.stringContaining(reason) }]);
    expect(await idsOf(store)).toEqual(["2", "1"]);
    expect((await store.history(second.uid))?.job.uid).toBe(second.uid);
    expect(await store.history(first.uid)).toBeUndefined();
    expect(await append(store, [received(second.started(1, 6))], at(86_400))).toMatchObject({ refused: [] });
    await store.close();
    writeFileSync(path, kept);
  }
  const again = await openStore({ data: data.path });
  expect([await again.problems(), (await again.history(first.uid))?.job.state]).toEqual([[], "active"]);
  await again.close();
});

test("records of today that are no database are moved aside, and the job log goes on", async () => {
  using data = folder();
  const today = now();
  const before = await openStore({ data: data.path });
  await append(before, [received(new JobStory(email, "1").queued(0))], today);
  await before.close();
  const name = readdirSync(join(data.path, "days")).find((each) => each.endsWith("records.db")) ?? "";
  writeFileSync(join(data.path, "days", name), noDatabase);
  const store = await openStore({ data: data.path });
  await append(store, [received(new JobStory(email, "2").queued(0))], today);
  expect(await idsOf(store)).toEqual(["2"]);
  await store.close();
  expect(readdirSync(join(data.path, "days")).filter((each) => each.includes(".damaged-"))).toHaveLength(1);
});

test("records that the lists had no time for when the process ended are listed at the next start", async () => {
  using data = folder();
  const before = await openStore({ data: data.path });
  await keep(before, new JobStory(email, "9").queued(0));
  await keep(before, ...severalStories());
  const expected = await seen(before);
  await before.close();
  edit(
    join(data.path, "catalogue.db"),
    "UPDATE days SET projected = 1, records = 0; DELETE FROM jobs; DELETE FROM totals",
  );
  edit(fileOf(data.path, "jobs"), "UPDATE jobs SET state = 'waiting'");
  edit(join(data.path, "catalogue.db"), "UPDATE counts SET n = 0 WHERE what IN ('boot', 'closed')");
  const after = await openStore({ data: data.path });
  expect(await seen(after)).toEqual(expected);
  await after.close();
});

test("a closed day is one file that may only be read, and late records of its jobs are listed all the same", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  const job = new JobStory(email, "1");
  await keep(store, job.queued(0), job.started(1, 1));
  await store.close();
  const again = await openStore({ data: data.path });
  expect(statSync(fileOf(data.path, "records")).mode & 0o777).toBe(0o444);
  expect(existsSync(`${fileOf(data.path, "records")}-wal`)).toBe(false);
  await append(again, [received(job.queued(0)), received(job.succeeded(1, 2))], at(5 * 86_400));
  expect((await jobsOf(again)).map(({ state, counts }) => [state, counts.runs])).toEqual([["completed", 1]]);
  expect(await again.summary()).toMatchObject({ jobs: 1, success: 1, records: 3 });
  await again.rebuild();
  expect(await again.summary()).toMatchObject({ jobs: 1, success: 1, records: 3 });
  await again.close();
});

test("a folder has one job log: another is refused until the first is closed or killed", async () => {
  using data = folder();
  const first = await openStore({ data: data.path });
  await expect(openStore({ data: data.path })).rejects.toThrow(
    `JOBTRAIL_STORE_IN_USE: ${data.path} is in use by another job log; end that one, or use another folder.`,
  );
  expect((await keep(first, ...severalStories())).stored).toBeGreaterThan(0);
  const held = await seen(first);
  await first.close();
  const second = await openStore({ data: data.path });
  expect(await seen(second)).toEqual(held);
  await second.close();
  const program = join(import.meta.dirname, "programs/append.ts");
  const child = spawn(process.execPath, ["--conditions=@jobtrail/source", program, data.path]);
  await once(child.stdout, "data");
  await expect(openStore({ data: data.path })).rejects.toThrow(StoreError);
  child.kill("SIGKILL");
  await once(child, "close");
  const third = await openStore({ data: data.path });
  expect((await third.summary()).success).toBeGreaterThan(0);
  await third.close();
});

test("a store that cannot be opened leaves no file open", async () => {
  using data = folder();
  writeFileSync(join(data.path, "jobs.db"), noDatabase);
  await expect(openStore({ data: data.path })).rejects.toThrow(
    /jobs\.db: file is not a database: .*use another folder\./,
  );
  expect(openFiles().filter((path) => path.startsWith(data.path))).toEqual([]);
  rmSync(join(data.path, "jobs.db"));
  edit(join(data.path, "jobs.db"), "PRAGMA user_version = 99");
  await expect(openStore({ data: data.path })).rejects.toThrow("later version");
  expect(openFiles().filter((path) => path.startsWith(data.path))).toEqual([]);
});

const noDatabase = "no database, but a text of more than a hundred characters".repeat(4);

test.skipIf(process.platform !== "linux")("a folder in a file system that keeps none is refused at once", async () => {
  await expect(openStore({ data: "/proc/jobtrail/data" })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[StoreError: JOBTRAIL_STORE_UNWRITABLE: the folder /proc/jobtrail/data cannot be made: ENOENT: no such file or directory, mkdir '/proc/jobtrail'; choose another one.]`,
  );
});

test("a file that another program holds is answered with the reason, and nothing of the batch is kept", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, new JobStory(email, "1").queued(0));
  const holder = new DatabaseSync(fileOf(data.path, "records"));
  holder.exec("BEGIN IMMEDIATE");
  const begin = performance.now();
  await expect(keep(store, new JobStory(email, "2").queued(1))).rejects.toThrow(
    /^JOBTRAIL_STORE_UNWRITABLE: .*\.records\.db: database is locked: another program holds the file; .*\.$/,
  );
  expect(performance.now() - begin).toBeLessThan(1500);
  holder.close();
  expect((await keep(store, new JobStory(email, "3").queued(1))).stored).toBe(1);
  expect(await store.summary()).toMatchObject({ jobs: 2, records: 2 });
  await store.close();
});

test("a folder that is none is refused with the reason", async () => {
  using data = folder();
  const path = join(data.path, "file");
  copyFileSync(import.meta.filename, path);
  chmodSync(path, 0o600);
  await expect(openStore({ data: path })).rejects.toThrow(StoreError);
});

/** The files that this process has open; elsewhere than on Linux none are known. */
const openFiles = (): string[] =>
  process.platform !== "linux"
    ? []
    : readdirSync("/proc/self/fd").flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return [];
        }
      });
