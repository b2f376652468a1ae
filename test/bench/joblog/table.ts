import { lines } from "../lines.ts";
import type { Measured } from "./measure.ts";

/** What was measured, as tables for people. */
export function tableOfJobLog({ ingest, pages, during, forgetting }: Measured): string {
  const { decoding, keeping, bare, bytes } = ingest;
  const perSecond = (micros: number): string => Math.round(1e6 / micros).toLocaleString("en");
  return [
    lines([
      ["", "µs of CPU per record", "records per CPU second", "of bare"],
      ["decoding protobuf", decoding.toFixed(1), perSecond(decoding), ""],
      ["keeping, decoding apart", keeping.toFixed(1), perSecond(keeping), (keeping / bare).toFixed(2)],
      ["bare inserts of the same rows", bare.toFixed(1), perSecond(bare), "1"],
    ]),
    `\n${bytes.toFixed(0)} bytes on disk per record\n`,
    lines([["a page of 50", "ms of CPU"], ...pages.map(({ name, cpu }) => [name, cpu.toFixed(2)])]),
    `\nA page of a queue while a thread writes: median ${during.p50.toFixed(1)} ms, p99 ${during.p99.toFixed(1)} ms, worst ${during.worst.toFixed(1)} ms`,
    `Forgetting all jobs: ${forgetting.toFixed(1)} s`,
  ].join("\n");
}
