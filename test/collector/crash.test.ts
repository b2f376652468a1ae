import { describe, expect } from "vitest";
import { collectorTest as test } from "./collector.ts";
import { cases } from "./crash/case.ts";
import { isAsPromised, outcomeOf } from "./crash/outcome.ts";
import type { Outcome } from "./crash/outcome.ts";

/** As small as shows the effect; `pnpm proof:collector` does the same with more. */
const size = { records: 3000, bodyBytes: 1000, outageMs: 0 };

describe("no acknowledged record is lost, and the second sink has them all", () => {
  for (const [name, { drops }] of Object.entries(cases))
    test(name, async () => {
      const outcome = await outcomeOf(name, size);
      expect(outcome).toMatchObject({
        acknowledged: outcome.sent,
        delivered: outcome.sent - outcome.lost,
        sunk: outcome.sent,
        lostAfterResend: 0,
      });
      expect(outcome.lost).toBe(drops === true ? size.records / 2 : 0);
      expect(isAsPromised(outcome)).toBe(true);
      alsoOf[name]?.(outcome);
    });
});

/** What a case shows besides. */
const alsoOf: Readonly<Record<string, (outcome: Outcome) => void>> = {
  // What the backend had not answered it got once more: so each record has a uid.
  "slow backend, kill -9": ({ duplicates }) => expect(duplicates).toBeGreaterThan(0),
  // A sender that gives up waiting has written into the second sink all the same.
  "queue full, kill -9": ({ answers, sunkAgain }) => {
    expect(answers["no answer"]).toBeGreaterThan(0);
    expect(sunkAgain).toBeGreaterThan(0);
  },
  // What is refused for want of memory is written nowhere.
  "memory full": ({ answers, sunkAgain }) => {
    expect(answers["503"]).toBeGreaterThan(0);
    expect(sunkAgain).toBe(0);
  },
};
