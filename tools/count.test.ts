import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

const mixed = `
  import { beforeAll, describe, expect, test } from "vitest";
  test("adds", () => expect(1 + 1).toBe(2));
  test("fails", () => expect(1).toBe(2));
  test("waits for Go", (context) => context.skip("no Go here"));
  describe("a hook that throws", () => {
    beforeAll(() => { throw new Error("no server"); });
    test("never runs", () => {});
  });`;
const passing = `
  import { test } from "vitest";
  test("adds", () => {});
  test.skip("waits for Go", () => {});
  process.on("exit", () => console.log("printed at the very end"));`;

test("the last line counts what passed, failed and was skipped, a crashed file and hook as failed", async () => {
  using folder = project({ "mixed.test.ts": mixed, "crashed.test.ts": `throw new Error("cannot load");` });
  const { code, lines } = await vitest(folder.path);
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe("1 passed, 3 failed, 2 skipped");
});

test("an error that nothing caught counts as failed", async () => {
  const loose = `import { test } from "vitest"; test("adds", () => { setTimeout(() => { throw new Error("loose"); }); });`;
  using folder = project({ "loose.test.ts": loose });
  const { code, lines } = await vitest(folder.path);
  expect({ code, last: lines.at(-1) }).toEqual({ code: 1, last: "1 passed, 1 failed, 0 skipped" });
});

test("on CI a skip that is not listed fails the run, and a listed one is reported with its reason", async () => {
  using folder = project({ "some.test.ts": passing });
  const unlisted = await vitest(folder.path, { CI: "true" });
  expect({ code: unlisted.code, lines: unlisted.lines.slice(-2) }).toEqual({
    code: 1,
    lines: ["skipped, not listed in .ci/skips: some.test.ts > waits for Go", "1 passed, 0 failed, 1 skipped"],
  });
  expect((await vitest(folder.path, { CI: "" })).code).toBe(0);

  writeFileSync(join(folder.path, "skips"), "some.test.ts > waits for Go  # needs Go 1.25\n");
  const listed = await vitest(folder.path, { CI: "true" });
  expect({ code: listed.code, lines: listed.lines.slice(-2) }).toEqual({
    code: 0,
    lines: ["skipped: some.test.ts > waits for Go  # needs Go 1.25", "1 passed, 0 failed, 1 skipped"],
  });
});

interface Folder extends Disposable {
  readonly path: string;
}

/** A folder of tests below the root, where they find vitest. */
function project(files: Readonly<Record<string, string>>): Folder {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const path = mkdtempSync(join(root, ".cache", "count-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  writeFileSync(
    join(path, "vitest.config.ts"),
    `import { count } from "../../tools/count.ts";
     export default { test: { reporters: ["default", count(import.meta.dirname + "/skips")] } };`,
  );
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Runs vitest as a person would; gives its exit code and what it printed. */
async function vitest(folder: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: number; lines: string[] }> {
  const bin = join(root, "node_modules/vitest/vitest.mjs");
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...inherited, NODE_ENV: "test", ...env } };
    const child = execFile(process.execPath, [bin, "run"], options, (_error, stdout) =>
      resolve({ code: child.exitCode ?? -1, lines: stdout.trimEnd().split("\n") }),
    );
  });
}
