import { expect, test } from "vitest";
import { passages, passageLines } from "./gate.ts";
import { variants } from "./recorder.ts";
import type { Samples } from "./recorder.ts";
import { isWithin } from "./start.ts";

/** Samples whose cheapest process of each variant costs so much per job. */
const costing = (perJob: Readonly<Record<string, number>>): Samples =>
  Object.fromEntries(
    variants.map((name) => [name, [0, 50].map((more) => ({ perJob: (perJob[name] ?? 0) + more, start: 0 }))]),
  ) as unknown as Samples;

test("a gate compares what the cheapest processes cost over the bare app, and leaves room for a busy machine", () => {
  const samples = costing({ bare: 100, "bullmq-otel": 200, jobtrail: 200, plain: 200, hand: 250, hosted: 276 });
  expect(passageLines(passages(samples))).toMatchInlineSnapshot(`
    "passed: jobtrail costs 1.00 of bullmq-otel; promised 0.8, here at most 1.00
    FAILED: hosted costs 1.76 of plain; promised 1.4, here at most 1.75
    passed: hosted costs 1.17 of hand; promised 1.15, here at most 1.44"
  `);
});

test("a start may cost a quarter more than is promised, and no more", () => {
  const start = { program: "empty", alone: 25, budget: 30 };
  expect([62.5, 63].map((watched) => isWithin({ ...start, watched }))).toEqual([true, false]);
});
