import { spawn } from "node:child_process";
import type { ChildProcessByStdio, StdioOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { argumentsOf, compileCache, jobtrail, temporary } from "./command.ts";

const record = '{"id":"a","status":"COMPLETE","start_datetime":1607031575775}\n';

interface Settings {
  readonly stdio: StdioOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** What a shell does before. */
  readonly before?: string;
}

/** Starts `jobtrail convert` with streams of its own. */
function start(
  args: readonly string[],
  { stdio, env = {}, before = "" }: Settings,
): ChildProcessByStdio<null, Readable, Readable> {
  const command = [process.execPath, ...argumentsOf(["convert", ...args])];
  return spawn("sh", ["-c", `${before} exec "$@"`, "sh", ...command], {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio,
  }) as ChildProcessByStdio<null, Readable, Readable>;
}

test("records go from the standard input to the standard output, and the exit code says whether all did", async () => {
  const args = ["convert", "--from", "harperdb", "--to", "harperdb"];
  await using all = jobtrail(args, {}, record);
  await using some = jobtrail(args, {}, `${record}{"id":7}\n`);
  await using none = jobtrail([...args, "nowhere.json"]);
  expect(await all.ended).toEqual({ code: 0, signal: null, out: record, err: "Wrote 1 (harperdb)\n" });
  expect(await some.ended).toMatchObject({ code: 2, out: record });
  expect(await none.ended).toMatchObject({ code: 1, out: "" });
});

test("a reader may close the output early", async () => {
  using folder = temporary();
  const path = join(folder.path, "many.ndjson.gz");
  writeFileSync(path, gzipSync(record.repeat(100_000)));
  const child = start(["--from", "harperdb", "--to", "harperdb", path], { stdio: ["ignore", "pipe", "pipe"] });
  const err = text(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await once(child, "close")).toEqual([0, null]);
  expect(await err).toBe("");
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk is one line, for the output and for what cannot be read",
  async () => {
    using folder = temporary();
    const path = join(folder.path, "some.ndjson");
    writeFileSync(path, `${record}{"id":7}\n`);
    const full = openSync("/dev/full", "w");
    const args = ["--from", "harperdb", "--to", "harperdb", path];
    const output = start(args, { stdio: ["ignore", full, "pipe"] });
    const rejects = start([...args, "--rejects", "/dev/full"], { stdio: ["ignore", "ignore", "pipe"] });
    closeSync(full);
    const said = Promise.all([text(output.stderr), text(rejects.stderr)]);
    expect(await Promise.all([once(output, "close"), once(rejects, "close")])).toEqual([
      [1, null],
      [1, null],
    ]);
    expect(await said).toEqual([
      `${path}:2: id is 7; expected a text\nJOBTRAIL_OUTPUT_UNWRITABLE: the standard output cannot be written: ENOSPC: no space left on device, write.\n`,
      "JOBTRAIL_REJECTS_UNWRITABLE: /dev/full cannot be written: ENOSPC: no space left on device, write. Name another file with --rejects.\n",
    ]);
  },
);

test("an input is never written to", async () => {
  using folder = temporary();
  const path = join(folder.path, "some.ndjson");
  writeFileSync(path, record);
  const own = openSync(path, "a");
  const read = openSync(path, "r");
  const named = start(["--to", "harperdb", path], { stdio: ["ignore", own, "pipe"] });
  const piped = start(["--to", "harperdb"], { stdio: [read, own, "pipe"] });
  const said = Promise.all([text(named.stderr), text(piped.stderr)]);
  expect(await Promise.all([once(named, "close"), once(piped, "close")])).toEqual([
    [1, null],
    [1, null],
  ]);
  closeSync(own);
  closeSync(read);
  const line =
    "JOBTRAIL_OUTPUT_IS_INPUT: the standard output is an input too, and would be overwritten. Write to another file.\n";
  expect(await said).toEqual([line, line]);
  expect(readFileSync(path, "utf8")).toBe(record);
});

const unknown = '{"name":"package","version":"1"}\n'.repeat(30);

test.each<[string, string | Uint8Array]>([
  ["lines", unknown],
  ["rows", `id,status\n${"a,DONE\n".repeat(30)}`],
  ["an archive", gzipSync(unknown)],
])("an input of %s that goes on does not keep a command that has failed", async (_, input) => {
  const child = spawn(process.execPath, argumentsOf(["convert"]), {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: ["pipe", "ignore", "pipe"],
  });
  const err = text(child.stderr);
  child.stdin.write(input);
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(await err).toContain("JOBTRAIL_INPUT_UNKNOWN: stdin is not recognised");
});

test("Ctrl-C leaves no temporary file", async () => {
  using folder = temporary();
  const child = spawn(process.execPath, argumentsOf(["convert", "--to", "harperdb", "--format", "ndjson"]), {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, SQLITE_TMPDIR: folder.path },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A run of another system's job waits in the file for the rest of its job.
  const event = readFileSync(join(import.meta.dirname, "../../schemas/test/samples/qlik/made-event.json"));
  child.stdin.write(record.repeat(25));
  await once(child.stdout, "data");
  child.stdin.write(event);
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([null, "SIGINT"]);
  expect(readdirSync(folder.path)).toEqual([]);
});

test.skipIf(process.platform === "win32")("a temporary file that has no room says where to get some", async () => {
  using folder = temporary();
  const path = join(folder.path, "audit.ndjson");
  const end = JSON.stringify(
    JSON.parse(
      readFileSync(join(import.meta.dirname, "../../schemas/test/samples/product-live/printed-end.json"), "utf8"),
    ),
  );
  writeFileSync(path, `${end}\n`.repeat(6000));
  const child = start(["--from", "product-live", "--to", "harperdb", path], {
    stdio: ["ignore", "pipe", "pipe"],
    before: "ulimit -f 1000;",
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  expect(await once(child, "close")).toEqual([1, null]);
  const [out, err] = await said;
  expect(out).toBe("");
  expect(err).toMatch(
    /^JOBTRAIL_TEMPORARY_FULL: the temporary file cannot be written: .*\. Set SQLITE_TMPDIR to a folder with more room\.\n$/,
  );
});
