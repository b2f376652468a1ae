import { expect, it } from "vitest";
import { schemas } from "../src/index.ts";
import { fuzz } from "./fuzz.ts";

it("reads or refuses ten thousand mutated records, each as it should be", () => {
  const fuzzed = fuzz(10_000, 20_260_930);
  expect(fuzzed.map(({ name, read, refused }) => [name, read + refused])).toEqual(
    Object.keys(schemas).map((name) => [name, 2000]),
  );
  // Neither is rare, or the mutations would be too weak or too strong to tell anything.
  for (const { read, refused, paths } of fuzzed)
    expect([read > 100, refused > 100, paths.size > 3]).toEqual([true, true, true]);
}, 120_000);
