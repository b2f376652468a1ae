import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** A program that stands in the documentation of an export. */
interface Example {
  readonly title: string;
  readonly folder: string;
  readonly code: string;
}

const comments = /\/\*\*(?:(?!\*\/)[^])*?@example\n((?:(?!\*\/)[^])*)\*\//g;

/** The examples of all packages: what follows `@example` up to the end of its comment. */
const examples: readonly Example[] = globSync("packages/*/src/**/*.ts", { cwd: root })
  .filter((path) => !path.endsWith(".test.ts"))
  .toSorted()
  .flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(comments)].map(([, text = ""]) => ({
      title: path,
      folder: join(root, ...path.split(sep).slice(0, 2)),
      code: text.replaceAll(/^ *\* ?/gm, ""),
    })),
  );

/** What an example says that it prints: the comments at the ends of its lines. */
const printedBy = (code: string): readonly string[] =>
  [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text = ""]) => text);

it("finds examples, and in each what it prints", () => {
  expect(examples.length).toBeGreaterThan(5);
  expect(examples.filter(({ code }) => printedBy(code).length === 0)).toEqual([]);
});

it.each(examples)("the example in $title prints what it says", async ({ folder, code }) => {
  // Resolved from its package's folder, as a user's program would resolve it from his.
  const args = ["--conditions=@jobtrail/source", "--input-type=module", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  expect({ stdout: stdout.trimEnd().split("\n"), stderr }).toEqual({ stdout: printedBy(code), stderr: "" });
});
