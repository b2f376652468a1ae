import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { now } from "@jobtrail/core/event";
import { expect, test } from "vitest";
import { openStore } from "../../joblog/src/store.ts";
import { append, fileOf, keep, seen, severalStories } from "../../joblog/test/stored.ts";
import { email, line, received, JobStory } from "../../joblog/test/story.ts";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

async function log(folder: string, ...args: readonly string[]): Promise<Ended> {
  await using command = jobtrail(["log", ...args, "--data", folder]);
  return await command.ended;
}

const job = new JobStory(email, "77");

/** A job log of a day in March, and of today. */
async function filled(folder: string): Promise<unknown> {
  const store = await openStore({ data: folder });
  await keep(store, ...severalStories());
  await append(store, [received(job.queued(0)), received(job.started(1, 1)), line("at work", 2, job.span(1))], now());
  const found = await seen(store);
  await store.close();
  return found;
}

test("what is exported can be imported elsewhere, and again, and is the same", async () => {
  using from = temporary();
  using to = temporary();
  const before = await filled(from.path);
  const { code, out, err } = await log(from.path, "export");
  expect([code, err]).toEqual([0, ""]);
  const file = join(to.path, "jobs.jsonl.gz");
  writeFileSync(file, gzipSync(out));
  const data = join(to.path, "joblog");
  const imported = await log(data, "import", file);
  expect(imported).toMatchObject({
    code: 0,
    out: "19 records kept, 0 were there already, 0 cannot be kept.\n",
    err: "",
  });
  expect((await log(data, "import", file)).out).toBe("0 records kept, 19 were there already, 0 cannot be kept.\n");
  const store = await openStore({ data });
  expect(await seen(store)).toEqual(before);
  expect((await store.history(job.uid))?.lines).toHaveLength(1);
  await store.close();
  const some = await log(from.path, "export", "--to", "2026-03-03");
  expect(some.out.split("\n")).toHaveLength(2);
});

test("a line that is no request is counted with the reason, and the others are kept", async () => {
  using folder = temporary();
  const file = join(folder.path, "broken.jsonl");
  writeFileSync(file, `[]\n{"resourceLogs":[]}\n`);
  expect(await log(join(folder.path, "data"), "import", file)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^0 records kept, 0 were there already, 1 cannot be kept\. The first: .*expected/),
  });
  expect(await log(join(folder.path, "data"), "import", "/nowhere.jsonl")).toMatchObject({
    code: 1,
    err: expect.stringContaining("JOBTRAIL_INPUT_UNREADABLE: /nowhere.jsonl cannot be read: ENOENT"),
  });
});

test("old days are pruned, held scopes stay, and what was forgotten is noted", async () => {
  using folder = temporary();
  await filled(folder.path);
  const held = await log(folder.path, "prune", "--older-than", "1d", "--hold", "*");
  expect(held.out).toBe("Forgot 0 jobs with 0 records (0.0 MB).\n");
  const { code, out } = await log(folder.path, "prune", "--older-than", "1d", "--scope", "acme=30d");
  expect([code, out.replace(/\([\d.]+ MB\)/, "(… MB)")]).toEqual([0, "Forgot 2 jobs with 13 records (… MB).\n"]);
  expect(JSON.parse(readFileSync(join(folder.path, "removed.jsonl"), "utf8"))).toMatchObject({
    day: "2026-03-02",
    removed: { jobs: 2, records: 13 },
    kept: { jobs: 1 },
  });
});

test("check finds a block that is damaged and a day that is missing, and rebuild goes on without it", async () => {
  using folder = temporary();
  await filled(folder.path);
  expect(await log(folder.path, "check")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^2 days, 19 records, .* MB: nothing is damaged or missing\.\n$/),
  });
  const path = fileOf(folder.path, "records");
  const bytes = readFileSync(path);
  // The frame of the only block: zstd's magic number.
  const at = bytes.indexOf(Buffer.from("28b52ffd", "hex"));
  bytes.fill(0, at, at + 16);
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  expect(await log(folder.path, "check")).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /^2026-03-02: .*block \d+ has 0 records that can be read, of \d+\n2 days, .*: 1 faults\.\n$/,
    ),
  });
  rmSync(path);
  expect((await log(folder.path, "check")).out).toContain("is missing: put it back");
  expect((await log(folder.path, "rebuild")).out).toBe("The lists of 1 days were made anew.\n");
  expect(await log(folder.path, "check")).toMatchObject({ code: 0 });
});

test("compact makes files small and changes nothing that is seen", async () => {
  using folder = temporary();
  const store = await openStore({ data: folder.path });
  for (const event of severalStories()) await keep(store, event);
  const before = await seen(store);
  await store.close();
  expect(await log(folder.path, "compact")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^2 days took [\d.]+ MB, and take [\d.]+ MB now\.\n$|^1 days took/),
  });
  const after = await openStore({ data: folder.path });
  expect(await seen(after)).toEqual(before);
  await after.close();
  expect(readdirSync(join(folder.path, "days")).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a folder without a job log, and one of a job log that runs, are said", async () => {
  using folder = temporary();
  for (const name of ["export", "check", "compact", "rebuild"])
    expect(await log(folder.path, name)).toMatchObject({
      code: 1,
      err: `JOBTRAIL_STORE_MISSING: ${folder.path} holds no job log; name its folder with --data.\n`,
    });
  const store = await openStore({ data: folder.path });
  expect(await log(folder.path, "rebuild")).toMatchObject({
    code: 1,
    err: expect.stringContaining("JOBTRAIL_STORE_IN_USE"),
  });
  expect(await log(folder.path, "check")).toMatchObject({ code: 0 });
  await store.close();
});
