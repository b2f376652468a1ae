import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./workspace.ts";

test("writes a package that compiles, with its row and its dependency in the table of systems", () => {
  using tree = copy();
  const given = ["quick-jobs", "--module", "quick-jobs", "--versions", ">=4.0.0 <5", "--no-install"];
  expect(tree.run("tools/new-system.ts", given)).toMatchObject({ status: 0, stderr: "" });
  tree.link("instrumentation-quick-jobs", ["core", "instrumentation", "testing"]);
  tree.link("auto-instrumentations", ["instrumentation-quick-jobs"]);

  const tests = { extends: "./tsconfig.test.json", include: ["packages/instrumentation-quick-jobs/test"] };
  writeFileSync(join(tree.path, "tsconfig.new.json"), JSON.stringify(tests));
  expect(
    tree.run("node_modules/typescript/bin/tsc", ["-b", "packages/auto-instrumentations", "tsconfig.new.json"]),
  ).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  expect(tree.run("tools/layers.ts", [])).toMatchObject({
    stderr: expect.not.stringContaining("quick-jobs") as string,
  });
  const lists = ["systems", "index"].map((file) => {
    const text = tree.read(`packages/auto-instrumentations/src/${file}.ts`);
    return [...(/const (?:systems|classes): .+? = \[([^\]]*)\];/.exec(text)?.[1]?.matchAll(/\w+/g) ?? [])].join(" ");
  });
  expect(lists[0]).toContain("pgboss quickJobs");
  expect(lists[1]).toContain("PgBossInstrumentation QuickJobsInstrumentation");
  expect(tree.read("packages/auto-instrumentations/package.json")).toContain("@jobtrail/instrumentation-quick-jobs");
});

test("refuses what names no system, and says what it expects", () => {
  const run = (...args: readonly string[]): { status: number | null; reason: string | undefined } => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, "tools/new-system.ts"), ...args]);
    return { status, reason: stderr.toString().split("\n")[0] };
  };
  const whole = ["--module", "x", "--versions", ">=1.0.0 <2"];
  expect([
    run(...whole),
    run("Node_Cron", ...whole),
    run("../core", ...whole),
    run("bullmq", ...whole),
    run("quick-jobs", "--module", "Agenda!", "--versions", ">=5.0.0 <6"),
    run("quick-jobs", "--module", "quick-jobs"),
    run("quick-jobs", "--module", "quick-jobs", "--versions", "^5"),
    run("quick-jobs", "--module", "quick-jobs", "--versions", ">=5.0.0 <6", "--service", "mongodb"),
    run("quick-jobs", "--modul", "quick-jobs"),
  ]).toMatchInlineSnapshot(`
    [
      {
        "reason": """ is no name: use lower case and hyphens, as in node-cron.",
        "status": 2,
      },
      {
        "reason": ""Node_Cron" is no name: use lower case and hyphens, as in node-cron.",
        "status": 2,
      },
      {
        "reason": ""../core" is no name: use lower case and hyphens, as in node-cron.",
        "status": 2,
      },
      {
        "reason": "packages/instrumentation-bullmq exists already.",
        "status": 2,
      },
      {
        "reason": "--module is "Agenda!"; expected the name of an npm package.",
        "status": 2,
      },
      {
        "reason": "--versions is ""; expected ">=x.y.z <x[.y[.z]]", such as ">=4.0.0 <5".",
        "status": 2,
      },
      {
        "reason": "--versions is "^5"; expected ">=x.y.z <x[.y[.z]]", such as ">=4.0.0 <5".",
        "status": 2,
      },
      {
        "reason": "--service is "mongodb"; expected redis or postgres.",
        "status": 2,
      },
      {
        "reason": "Unknown option '--modul'. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "--modul"",
        "status": 2,
      },
    ]
  `);
});

interface Tree extends Disposable {
  readonly path: string;
  run(script: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string };
  read(path: string): string;
  /** Links packages into another's node_modules, as an install would. */
  link(into: string, names: readonly string[]): void;
}

/** A copy of the packages and tools without their tests, over the same installed modules. */
function copy(): Tree {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-new-system-"));
  const files = ["tsconfig.base.json", "tsconfig.json", "tsconfig.test.json", "package.json"];
  const left = new Set(["dist", "test", "tsconfig.tsbuildinfo", ".cache"]);
  const kept = (source: string): boolean => !left.has(basename(source)) && !source.endsWith(".test.ts");
  for (const name of [...files, ...globSync("tools/**/*.{ts,js}", { cwd: root }), "docs"].filter(kept))
    cpSync(join(root, name), join(path, name), { recursive: true });
  for (const folder of globSync("packages/*", { cwd: root }))
    cpSync(join(root, folder), join(path, folder), { recursive: true, filter: kept, verbatimSymlinks: true });
  symlinkSync(join(root, "node_modules"), join(path, "node_modules"));
  return {
    path,
    run(script, args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
        cwd: path,
        encoding: "utf8",
      });
      return { status, stdout, stderr };
    },
    read: (file) => readFileSync(join(path, file), "utf8"),
    link(into, names) {
      for (const name of names) {
        const place = join(path, "packages", into, "node_modules/@jobtrail", name);
        mkdirSync(dirname(place), { recursive: true });
        symlinkSync(join(path, "packages", name), place);
      }
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
