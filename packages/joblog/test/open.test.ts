import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, chmodSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { StoreError } from "../src/contract.ts";
import { openStore } from "../src/store.ts";
import { edit, folder, keep, seen, tales } from "./stored.ts";
import { email, Teller } from "./story.ts";

test("a store opened again holds the same", () => {
  using data = folder();
  const before = openStore({ data: data.path });
  keep(before, ...tales());
  const expected = seen(before);
  before.close();
  const after = openStore({ data: data.path });
  expect(seen(after)).toEqual(expected);
  after.close();
});

test("a cache of another version is made anew, and a file of a later version is refused", () => {
  using data = folder();
  const path = join(data.path, "jobs.db");
  const before = openStore({ data: data.path });
  keep(before, ...tales());
  const expected = seen(before);
  before.close();
  edit(path, "UPDATE counts SET n = 0 WHERE what = 'cache'; UPDATE jobs SET row = '{}', state = 'waiting'");
  const after = openStore({ data: data.path });
  expect(seen(after)).toEqual(expected);
  after.close();
  edit(path, "PRAGMA user_version = 99");
  expect(() => openStore({ data: data.path })).toThrowErrorMatchingInlineSnapshot(
    `[StoreError: JOBTRAIL_STORE_UNWRITABLE: the data were written by a later version (tables 99; this one knows 2): update Jobtrail, or use another folder.]`,
  );
});

test("a cache whose tables were made otherwise is made anew", () => {
  using data = folder();
  const before = openStore({ data: data.path });
  keep(before, ...tales());
  const expected = seen(before);
  before.close();
  edit(
    join(data.path, "jobs.db"),
    "UPDATE counts SET n = 1 WHERE what = 'cache'; DROP TABLE jobs; DROP TABLE totals; CREATE TABLE jobs (uid TEXT)",
  );
  const after = openStore({ data: data.path });
  expect(seen(after)).toEqual(expected);
  after.close();
});

test("a folder has one job log: another is refused until the first is closed or killed", async () => {
  using data = folder();
  const first = openStore({ data: data.path });
  expect(() => openStore({ data: data.path })).toThrow(
    `JOBTRAIL_STORE_IN_USE: ${data.path} is in use by another job log; end that one, or use another folder.`,
  );
  expect(keep(first, ...tales()).stored).toBeGreaterThan(0);
  const held = seen(first);
  first.close();
  const second = openStore({ data: data.path });
  expect(seen(second)).toEqual(held);
  second.close();
  const program = join(import.meta.dirname, "programs/append.ts");
  const child = spawn(process.execPath, ["--conditions=@jobtrail/source", program, data.path]);
  await once(child.stdout, "data");
  expect(() => openStore({ data: data.path })).toThrow(StoreError);
  child.kill("SIGKILL");
  await once(child, "close");
  const third = openStore({ data: data.path });
  expect(third.summary().success).toBeGreaterThan(0);
  third.close();
});

test("a store that cannot be opened leaves no file open", () => {
  using data = folder();
  writeFileSync(join(data.path, "jobs.db"), "no database, but a text of more than a hundred characters".repeat(4));
  expect(() => openStore({ data: data.path })).toThrow(/jobs\.db: file is not a database: .*use another folder\./);
  expect(openFiles().filter((path) => path.startsWith(data.path))).toEqual([]);
  rmSync(join(data.path, "jobs.db"));
  openStore({ data: data.path }).close();
  edit(join(data.path, "jobs.db"), "PRAGMA user_version = 99");
  expect(() => openStore({ data: data.path })).toThrow("later version");
  expect(openFiles().filter((path) => path.startsWith(data.path))).toEqual([]);
});

test.skipIf(process.platform !== "linux")("a folder in a file system that keeps none is refused at once", () => {
  expect(() => openStore({ data: "/proc/jobtrail/data" })).toThrowErrorMatchingInlineSnapshot(
    `[StoreError: JOBTRAIL_STORE_UNWRITABLE: the folder /proc/jobtrail/data cannot be made: ENOENT: no such file or directory, mkdir '/proc/jobtrail'; choose another one.]`,
  );
});

test("a file that another program holds is answered with the reason, and nothing of the batch is kept", () => {
  using data = folder();
  const store = openStore({ data: data.path });
  keep(store, new Teller(email, "1").queued(0));
  const holder = new DatabaseSync(join(data.path, "jobs.db"));
  holder.exec("BEGIN IMMEDIATE");
  const begin = performance.now();
  expect(() => keep(store, new Teller(email, "2").queued(1))).toThrow(
    /^JOBTRAIL_STORE_UNWRITABLE: .*jobs\.db: database is locked: another program holds the file; .*\.$/,
  );
  expect(performance.now() - begin).toBeLessThan(1500);
  holder.close();
  expect(keep(store, new Teller(email, "3").queued(1)).stored).toBe(1);
  expect(store.summary()).toMatchObject({ jobs: 2, records: 2 });
  store.close();
});

test("a folder that is none is refused with the reason", () => {
  using data = folder();
  const path = join(data.path, "file");
  copyFileSync(import.meta.filename, path);
  chmodSync(path, 0o600);
  expect(() => openStore({ data: path })).toThrow(StoreError);
});

/** The files that this process has open; none can be told elsewhere than on Linux. */
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
