import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { limitBytes, proofs } from "./cases.ts";
import type { Proof } from "./cases.ts";

test("what is converted passes through little memory, in each way of converting", { timeout: 300_000 }, async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "jobtrail-convert-"));
  const done: Proof[] = [];
  for await (const proof of proofs(20_000_000, folder.path)) done.push(proof);
  expect(done).toHaveLength(8);
  // Less than a Node that does nothing would be no measure.
  for (const { name, peakBytes } of done) expect({ name, peakBytes }).toSatisfy(isBetween(30_000_000, limitBytes));
});

const isBetween =
  (least: number, most: number) =>
  ({ peakBytes }: Pick<Proof, "peakBytes">): boolean =>
    peakBytes > least && peakBytes < most;
