import type { Samples, VariantName } from "./recorder.ts";

/** How much one way of watching may cost, as a share of another's cost over the bare app. */
interface Gate {
  readonly of: VariantName;
  readonly against: VariantName;
  readonly most: number;
}

/** What is promised, on a machine that does nothing else. */
export const gates: readonly Gate[] = [
  { of: "jobtrail", against: "bullmq-otel", most: 0.8 },
  { of: "hosted", against: "plain", most: 1.4 },
  { of: "hosted", against: "hand", most: 1.15 },
];

/** How far above what is promised a busy machine may come. */
const tolerance = 1.25;

/** A gate with what was measured. */
export interface Passage extends Gate {
  /** By the cheapest process of each, which what else the machine does disturbs least. */
  readonly ratio: number;
  readonly passed: boolean;
}

/** What was measured at each gate. */
export function passages(samples: Samples): readonly Passage[] {
  const least = (name: VariantName): number => Math.min(...samples[name].map(({ perJob }) => perJob));
  const bare = least("bare");
  return gates.map((gate) => {
    const ratio = (least(gate.of) - bare) / (least(gate.against) - bare);
    return { ...gate, ratio, passed: ratio <= gate.most * tolerance };
  });
}

/** Each gate in a line. */
export const passageLines = (all: readonly Passage[]): string =>
  all
    .map(
      ({ of, against, ratio, most, passed }) =>
        `${passed ? "passed" : "FAILED"}: ${of} costs ${ratio.toFixed(2)} of ${against}; promised ${most}, here at most ${(most * tolerance).toFixed(2)}`,
    )
    .join("\n");
