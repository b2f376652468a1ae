import { lines } from "../lines.ts";
import type { Measured } from "./measure.ts";

/** What was measured, as tables for people. */
export function tableOfJobLog({ decoding, ingest, bytes, days, pages, during, forgetting }: Measured): string {
  const perSecond = (micros: number): string => Math.round(1e6 / micros).toLocaleString("en");
  const row = (name: string, micros: number, of = ""): string[] => [name, micros.toFixed(1), perSecond(micros), of];
  return [
    lines([
      ["", "µs of CPU per record", "records per CPU second", "of plain rows"],
      row("decoding protobuf", decoding),
      ...ingest.flatMap(({ together, keeping, plain, bare }) => {
        const at = together === 1 ? "one request at a time" : `${together} requests at once`;
        return [
          row(`keeping, decoding apart, ${at}`, keeping, (keeping / plain).toFixed(2)),
          row(`plain inserts of the same rows, ${at}`, plain, "1"),
          row(`inserts of the job log's own rows, packed before, ${at}`, bare, (bare / plain).toFixed(2)),
        ];
      }),
    ]),
    `\n${bytes.toFixed(0)} bytes on disk per record, ${days} days\n`,
    lines([["a page of 50", "ms of CPU"], ...pages.map(({ name, cpu }) => [name, cpu.toFixed(2)])]),
    `\nA page of a queue while a thread writes: median ${during.p50.toFixed(1)} ms, p99 ${during.p99.toFixed(1)} ms, worst ${during.worst.toFixed(1)} ms`,
    `Forgetting all jobs: ${forgetting.cpu.toFixed(2)} s of CPU, ${forgetting.wall.toFixed(2)} s`,
  ].join("\n");
}
