import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, chmodSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { StoreError } from "../src/errors.ts";
import { openStore } from "../src/store.ts";
import { edit, folder, keep, seen, severalStories } from "./stored.ts";
import { email, JobStory } from "./story.ts";

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

test("a cache of another version is made anew, and a file of a later version is refused", async () => {
  using data = folder();
  const path = join(data.path, "jobs.db");
  const before = await openStore({ data: data.path });
  await keep(before, ...severalStories());
  const expected = await seen(before);
  await before.close();
  edit(path, "UPDATE counts SET n = 0 WHERE what = 'projection'; UPDATE jobs SET row = '{}', state = 'waiting'");
  const after = await openStore({ data: data.path });
  expect(await seen(after)).toEqual(expected);
  await after.close();
  edit(path, "PRAGMA user_version = 99");
  await expect(openStore({ data: data.path })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[StoreError: JOBTRAIL_STORE_UNWRITABLE: the data were written by a later version (tables 99; this one knows 3): update Jobtrail, or use another folder.]`,
  );
});

test("a cache whose tables were made otherwise is made anew", async () => {
  using data = folder();
  const before = await openStore({ data: data.path });
  await keep(before, ...severalStories());
  const expected = await seen(before);
  await before.close();
  edit(
    join(data.path, "jobs.db"),
    "UPDATE counts SET n = 1 WHERE what = 'projection'; DROP TABLE jobs; DROP TABLE totals; CREATE TABLE jobs (uid TEXT)",
  );
  const after = await openStore({ data: data.path });
  expect(await seen(after)).toEqual(expected);
  await after.close();
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
  writeFileSync(join(data.path, "jobs.db"), "no database, but a text of more than a hundred characters".repeat(4));
  await expect(openStore({ data: data.path })).rejects.toThrow(
    /jobs\.db: file is not a database: .*use another folder\./,
  );
  expect(openFiles().filter((path) => path.startsWith(data.path))).toEqual([]);
  rmSync(join(data.path, "jobs.db"));
  await (await openStore({ data: data.path })).close();
  edit(join(data.path, "jobs.db"), "PRAGMA user_version = 99");
  await expect(openStore({ data: data.path })).rejects.toThrow("later version");
  expect(openFiles().filter((path) => path.startsWith(data.path))).toEqual([]);
});

test.skipIf(process.platform !== "linux")("a folder in a file system that keeps none is refused at once", async () => {
  await expect(openStore({ data: "/proc/jobtrail/data" })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[StoreError: JOBTRAIL_STORE_UNWRITABLE: the folder /proc/jobtrail/data cannot be made: ENOENT: no such file or directory, mkdir '/proc/jobtrail'; choose another one.]`,
  );
});

test("a file that another program holds is answered with the reason, and nothing of the batch is kept", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, new JobStory(email, "1").queued(0));
  const holder = new DatabaseSync(join(data.path, "jobs.db"));
  holder.exec("BEGIN IMMEDIATE");
  const begin = performance.now();
  await expect(keep(store, new JobStory(email, "2").queued(1))).rejects.toThrow(
    /^JOBTRAIL_STORE_UNWRITABLE: .*jobs\.db: database is locked: another program holds the file; .*\.$/,
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
