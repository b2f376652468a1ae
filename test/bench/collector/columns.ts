import type { Measured, Sample } from "../collector.ts";
import { lines } from "../lines.ts";
import { median } from "../table.ts";
import type { Signal } from "./bodies.ts";
import { stacks, titles } from "./stacks.ts";
import type { StackName } from "./stacks.ts";

/** The samples as tables for people, one for each signal: medians, and from the lowest to the highest. */
export const tablesOf = (measured: Measured): string =>
  (["logs", "traces"] as const)
    .map((signal) => `${tableOf(measured, signal)}\n\n${bytesOf(measured, signal)}`)
    .join("\n\n");

const words: Readonly<Record<Signal, string>> = { logs: "record", traces: "span" };

function tableOf({ samples }: Measured, signal: Signal): string {
  const plain = samples[signal].plain ?? [];
  const word = words[signal];
  const head = ["", `µs per ${word}`, "range", "of the first", `${word}s/s per core`, "taken/s", "peak MB"];
  const rows = stacks.flatMap((name) => {
    const own = samples[signal][name];
    if (own === undefined) return [];
    const cpu = median(own, (sample) => sample.cpu);
    const costs = own.map((sample) => Math.round(sample.cpu));
    // Of the same round, so that a slow moment is in both.
    const ratio = median([...own.entries()], ([round, sample]) => sample.cpu / (plain[round]?.cpu ?? 0));
    return [
      [
        titles[name],
        cpu.toFixed(0),
        `${Math.min(...costs)}–${Math.max(...costs)}`,
        ratio.toFixed(2),
        whole(1e6 / cpu),
        name === "kafka" ? "" : whole(median(own, ({ accepted = 0 }) => accepted)),
        median(own, ({ peak }) => peak).toFixed(0),
      ],
    ];
  });
  return lines([head, ...rows]);
}

function bytesOf({ samples, size }: Measured, signal: Signal): string {
  const of = (name: StackName, what: (sample: Sample) => number): string =>
    whole(median(samples[signal][name] ?? [], what));
  const parts = [
    `${whole(size[signal])} as it is sent`,
    ...(signal === "logs" ? [`${of("agent", ({ bytes }) => bytes.sink)} in the second sink`] : []),
    `${of("away", ({ bytes }) => bytes.queue)} in the queue`,
    ...(samples[signal].kafka === undefined
      ? []
      : [
          `${of("kafka", ({ bytes }) => bytes.kafka)} in Kafka (${of("kafka", ({ together }) => together)} to a message)`,
        ]),
    `${of("agent", ({ bytes }) => bytes.out)} to the backend (${of("agent", ({ together }) => together)} to a request)`,
  ];
  return `Bytes per ${words[signal]}: ${parts.join(", ")}.`;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
