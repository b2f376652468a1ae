import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

const hourMs = 3_600_000;

async function prune(folder: string, ...args: readonly string[]): Promise<Ended> {
  await using command = jobtrail(["collector", "prune", folder, ...args]);
  return await command.ended;
}

/** A file of a second sink that was full so long ago, and was last written then. */
function full(folder: string, hoursAgo: number, writtenHoursAgo = hoursAgo, end = "-size.jsonl"): string {
  const time = new Date(Date.now() - hoursAgo * hourMs).toISOString().slice(0, -1).replaceAll(":", "-");
  const path = join(folder, `joblog-${time}${end}`);
  writeFileSync(path, "x".repeat(2_000_000));
  const written = (Date.now() - writtenHoursAgo * hourMs) / 1000;
  utimesSync(path, written, written);
  return path.slice(folder.length + 1);
}

test("full files above an age are removed, and no file that is younger by its name or by the disk", async () => {
  using folder = temporary();
  const { path } = folder;
  full(path, 50);
  full(path, 49, 49, "-size.jsonl.gz");
  full(path, 60, 60, ".jsonl");
  const kept = [full(path, 47), full(path, 60, 1), full(path, 1, 60), full(path, -2)];
  writeFileSync(join(path, "joblog.jsonl"), "");
  utimesSync(join(path, "joblog.jsonl"), 0, 0);
  writeFileSync(join(path, "notes.txt"), "mine");
  const dry = await prune(path, "--older-than", "2d", "--dry-run");
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining("Would remove 3 of 8 files (6 MB).") as string });
  expect(readdirSync(path).length).toBe(9);
  const { code, out, err } = await prune(path, "--older-than", "2d");
  expect({ code, err, out: out.replace(/ uses \d+ %/, " uses N %") }).toEqual({
    code: 0,
    err: "",
    out: `Removed 3 of 8 files (6 MB). ${path} uses N % of its disk.\n`,
  });
  expect(readdirSync(path).toSorted()).toEqual([...kept, "joblog.jsonl", "notes.txt"].toSorted());
});

test("a second sink that has too much of its disk ends with 1, and says what to do", async () => {
  using folder = temporary();
  full(folder.path, 1);
  // A share of a large disk is rounded to nothing, and is still more than nothing.
  const { code, err } = await prune(folder.path, "--older-than", "1d", "--max-share", "0");
  expect({ code, err }).toEqual({
    code: 1,
    err: `JOBTRAIL_SINK_TOO_LARGE: ${folder.path} uses more than 0 % of its disk (--max-share), and nothing more is old enough. Give it a larger disk, or keep files for a shorter time (--older-than).\n`,
  });
});

test.each([
  [["/nowhere", "--older-than", "1d"], "/nowhere: ENOENT: no such file or directory, scandir '/nowhere'."],
  [["."], "error: required option '--older-than <time>' not specified"],
  [[".", "--older-than", "30"], "Expected a time above zero such as 90m, 12h, 30d or 8w."],
  [[".", "--older-than", "1d", "--max-share", "50%"], "Expected a whole number from 0 to 100."],
  [
    [import.meta.dirname, "--older-than", "1d"],
    "it has no file of a second sink (*.jsonl or *.jsonl.gz); name the folder second-sink.",
  ],
] as const)("%j is refused in one line", async ([folder, ...args], line) => {
  const { code, err } = await prune(folder, ...args);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(line) as string });
});
