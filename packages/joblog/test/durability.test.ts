import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { openStore } from "../src/store.ts";
import { seen } from "./stored.ts";

const program = join(import.meta.dirname, "programs/append.ts");

test.each([1, 17, 40])(
  "every record that was acknowledged is there after the process was killed behind its %ith, and the jobs are those of the records",
  async (kill) => {
    await using child = run([process.execPath, "--conditions=@jobtrail/source", program]);
    const acknowledged: string[] = [];
    for await (const line of createInterface(child.process.stdout)) {
      acknowledged.push(line);
      if (acknowledged.length === kill) child.process.kill("SIGKILL");
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(kill);
    const store = await openStore({ data: child.folder });
    const states = await Promise.all(acknowledged.map(async (uid) => (await store.history(uid))?.job.state));
    expect(states.filter((state) => state !== "completed")).toEqual([]);
    const before = await seen(store);
    await store.rebuild();
    expect(await seen(store)).toEqual(before);
    await store.close();
  },
);

test("a file that may not grow ends in an error with its reason, and all that was acknowledged is kept", async () => {
  await using child = run([
    "/bin/sh",
    "-c",
    `ulimit -f 1024; exec "$0" "$@"`,
    process.execPath,
    "--conditions=@jobtrail/source",
    program,
  ]);
  const lines: string[] = [];
  for await (const line of createInterface(child.process.stdout)) lines.push(line);
  const [message, records] = lines.splice(-2);
  expect(message).toMatch(/^JOBTRAIL_STORE_UNWRITABLE: .*: reading or writing failed; check the disk\.$/);
  expect(Number(records)).toBe(lines.length * 3);
  const store = await openStore({ data: child.folder });
  // The last request may have been kept, and only its lists not written: then nobody was told.
  const { success } = await store.summary();
  expect([lines.length, lines.length + 1]).toContain(success);
  await store.close();
});

interface Child extends AsyncDisposable {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly folder: string;
}

/** Runs a command with a folder of its own as its last argument. */
function run(command: readonly string[]): Child {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-kill-"));
  const [file = "", ...rest] = command;
  const child = spawn(file, [...rest, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    process: child,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
