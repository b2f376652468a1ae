import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { isRefusal } from "@jobtrail/core/event";
import { unpack } from "../../../packages/joblog/src/store/block.ts";
import { decodeRecord } from "../../../packages/otlp/src/index.ts";
import { FlagError, readFlags } from "./flags.ts";
import { maxAttempts, plan } from "./plan.ts";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

/** Runs the demo as a user would; `when` may act as soon as a text stands on the terminal. */
function demo(
  args: readonly string[],
  when?: { readonly text: string; readonly signal: NodeJS.Signals },
): Promise<Ended> {
  const child = spawn(process.execPath, [
    "--conditions=@jobtrail/source",
    join(import.meta.dirname, "demo.ts"),
    ...args,
  ]);
  let out = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const before = said;
    said += text;
    if (when !== undefined && !before.includes(when.text) && said.includes(when.text)) child.kill(when.signal);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, said })));
}

const summaryOf = ({ out }: Ended): Record<string, number> =>
  JSON.parse(out.trim().split("\n").at(-1) ?? "") as Record<string, number>;

/** The records of the job log's only day. */
const storeOf = (folder: string): DatabaseSync => {
  const days = join(folder, "joblog/days");
  const name = readdirSync(days).find((each) => each.endsWith(".records.db")) ?? "";
  return new DatabaseSync(join(days, name));
};

/** The records of the job log: their uids, by the name of their event. */
function recordsIn(store: DatabaseSync): Map<string, string[]> {
  const names = new Map<string, string[]>();
  const blocks = store.prepare("SELECT records FROM blocks WHERE id = ?");
  for (const { uid, block, place } of store
    .prepare("SELECT uid, block, place FROM records ORDER BY block, place")
    .all()) {
    const packed = blocks.get(Number(block))?.["records"] as Uint8Array;
    const read = decodeRecord(unpack(packed)[Number(place)] ?? new Uint8Array());
    const name = isRefusal(read) ? "" : (read.eventName ?? "");
    names.set(name, [...(names.get(name) ?? []), String(uid)]);
  }
  return names;
}

function kindsIn(folder: string): readonly unknown[] {
  using store = storeOf(folder);
  return [...recordsIn(store).keys()].toSorted();
}

/** Removes a record, which the store does not allow, and has the jobs folded again without it. */
function removeOne(folder: string, name: string): void {
  using store = storeOf(folder);
  const [uid = ""] = recordsIn(store).get(name) ?? [];
  store.exec("DROP TRIGGER records_last");
  store.prepare("DELETE FROM records WHERE uid = ?").run(uid);
  rmSync(join(folder, "joblog/catalogue.db"));
}

describe("the demo", () => {
  it(
    "finds the job log equal to the shop's own tables, and notices when one event of any kind is missing",
    { timeout: 240_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "jobtrail-demo-test-"));
      try {
        const first = await demo(["--once", "--json", "--jobs", "6", "--seed", "3", "--port", "0", "--data", folder]);
        expect(first.said).toContain("The same, job by job: 6 jobs");
        expect(first.code).toBe(0);
        const summary = summaryOf(first);
        expect(summary["lost"]).toBe(1);
        expect(summary["failure"]).toBeGreaterThanOrEqual(1);
        expect(summary["runs"]).toBe((summary["spans"] ?? 0) - 6 + 1);

        const again = await demo(["--check", "--json", "--data", folder]);
        expect(again.code).toBe(0);
        expect({ ...summaryOf(again), url: "" }).toEqual({ ...summary, url: "" });

        const different: Record<string, RegExp> = {
          "job.queued": /does not say when it was queued/,
          "job.run.started": /has no start in the job log/,
          "job.run.ended": /the job log says no result|has no end in the job log/,
          "job.retry_scheduled": /the job log explains/,
          "job.schedule.created": /2 schedules began and ended, 4 events; the job log keeps 3 of them/,
          "job.schedule.deleted": /2 schedules began and ended, 4 events; the job log keeps 3 of them/,
        };
        expect(kindsIn(folder)).toEqual(Object.keys(different).sort());
        for (const [name, words] of Object.entries(different)) {
          const less = join(folder, `without-${name}`);
          cpSync(join(folder, "joblog"), join(less, "joblog"), { recursive: true });
          cpSync(join(folder, "truth.json"), join(less, "truth.json"));
          removeOne(less, name);
          const missing = await demo(["--check", "--json", "--data", less]);
          expect(missing.said).toMatch(words);
          expect(missing.code).toBe(1);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it("ends cleanly by Ctrl-C", { timeout: 120_000 }, async () => {
    const { code, said } = await demo(["--jobs", "5", "--port", "0"], { text: "Jobs keep coming", signal: "SIGINT" });
    expect(said).toContain("Ending.");
    expect(code).toBe(0);
  });

  it("explains a wrong flag", async () => {
    const { code, said } = await demo(["--jobs", "4"]);
    expect(said).toBe('--jobs is "4"; expected a whole number from 5 to 100000.\nSee: pnpm demo --help\n');
    expect(code).toBe(2);
    expect(() => readFlags(["--sed", "1"])).toThrow(FlagError);
    expect(() => readFlags(["--check"])).toThrow("--check needs --data DIR");
    expect(() => readFlags(["--json"])).toThrow("--json needs --once or --check");
    expect(readFlags(["--json", "--check", "--data", "kept"])).toMatchObject({ json: true, check: true });
  });
});

describe("the plan", () => {
  it("is the same for the same size and seed, and another for another", () => {
    expect(plan(50, 4)).toEqual(plan(50, 4));
    expect(plan(50, 4)).not.toEqual(plan(50, 5));
  });

  it("always has a job whose worker is killed, one that fails for good and one that is tried again", () => {
    for (const seed of [0, 1, 99]) {
      const fates = plan(5, seed).map(({ fate }) => fate);
      expect(fates.some(({ kind }) => kind === "killed")).toBe(true);
      expect(fates.some(({ failures }) => failures >= maxAttempts)).toBe(true);
      expect(fates.some(({ failures }) => failures > 0 && failures < maxAttempts)).toBe(true);
    }
  });
});
