import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Harness } from "../packages/testing/src/harness.ts";
import { rowOf } from "../packages/testing/src/harness.ts";
import { sentences } from "../packages/testing/src/table.ts";
import type { Case } from "../packages/testing/src/table.ts";

const root = join(import.meta.dirname, "..");

const files = globSync("packages/instrumentation-*/test/harness.ts", { cwd: root });
const harnesses = (
  await Promise.all(
    files.map(async (path) => Object.values((await import(join(root, path))) as Readonly<Record<string, Harness>>)),
  )
).flat();

it("plants every fault on a system on which its case must hold", () => {
  const proving = harnesses.filter(({ proves }) => proves === true);
  const unproved = (Object.keys(sentences) as Case[]).filter((name) =>
    proving.every((harness) => rowOf(harness)[name] !== "must"),
  );
  expect(unproved).toEqual([]);
});
