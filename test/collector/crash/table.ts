import { lines } from "../../bench/lines.ts";
import type { Outcome } from "./outcome.ts";

const head = [
  "records",
  "sent",
  "acknowledged",
  "delivered",
  "lost",
  "duplicates",
  "in second sink",
  "again there",
  "lost after resend",
  "seconds",
  "answers to the sender",
];

/** Outcomes as a table for people. */
export const table = (outcomes: readonly Outcome[]): string =>
  lines([
    head,
    ...outcomes.map((outcome) => [
      outcome.name,
      ...[
        outcome.sent,
        outcome.acknowledged,
        outcome.delivered,
        outcome.lost,
        outcome.duplicates,
        outcome.sunk,
        outcome.sunkAgain,
        outcome.lostAfterResend,
        Math.round(outcome.seconds),
      ].map((count) => count.toLocaleString("en")),
      Object.entries(outcome.answers)
        .map(([answer, times]) => `${times} × ${answer}`)
        .join(", "),
    ]),
  ]);
