import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import { startReceiver } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { configOf, openTelemetry, startBridges } from "../src/index.ts";
import type { Bridges, Clock, StartOptions } from "../src/index.ts";

/** A clock on which nothing passes until a test says so. */
export interface StepClock extends Clock {
  /** How long was waited for, each time. */
  readonly waits: readonly number[];
  /** Resolves when somebody waits. */
  idle(): Promise<void>;
  /** Ends all waits, and resolves when somebody waits again. */
  step(ms?: number): Promise<void>;
}

export function stepClock(): StepClock {
  const waits: number[] = [];
  const waiting = new Set<() => void>();
  let [offset, look] = [0, (): void => undefined];
  const idle = async (): Promise<void> => {
    while (waiting.size === 0) await new Promise<void>((resolve) => void (look = resolve));
  };
  return {
    waits,
    now: () => Date.now() + offset,
    wait: (ms, stop) =>
      new Promise((resolve) => {
        waits.push(ms);
        const over = (): void => {
          waiting.delete(over);
          resolve();
        };
        if (stop.aborted) return over();
        stop.addEventListener("abort", over, { once: true });
        waiting.add(over);
        look();
      }),
    idle,
    async step(ms = 0) {
      offset += ms;
      for (const over of waiting) over();
      await idle();
    },
  };
}

/** Bridges at work that a test looks at. */
export interface Bridged extends AsyncDisposable {
  readonly bridges: Bridges;
  readonly clock: StepClock;
  readonly receiver: Receiver;
  readonly said: readonly string[];
  readonly shown: readonly JobEvent[];
  readonly folder: string;
  /** The jobs that the receiver has, folded. */
  jobs(): readonly Job[];
  /** Records that were kept aside. */
  refused(name: string): readonly unknown[];
}

/** A folder that is gone afterwards. */
export function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-bridge-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What differs from the usual. */
export interface Wish extends Partial<StartOptions> {
  readonly folder: string;
  readonly receiver?: Receiver;
  readonly endpoint?: string;
  readonly dryRun?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts bridges by a configuration in YAML. */
export async function bridged(yaml: string, wish: Wish): Promise<Bridged> {
  const { folder, dryRun = false, endpoint, variables = {}, ...more } = wish;
  const receiver = wish.receiver ?? (await startReceiver());
  const [said, shown, clock]: [string[], JobEvent[], StepClock] = [[], [], stepClock()];
  const say = (sentence: string): void => void said.push(sentence.replaceAll(/127\.0\.0\.1:\d+/g, "HOST"));
  const telemetry = dryRun
    ? undefined
    : openTelemetry({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint ?? receiver.url }, say, patienceMs: 0 });
  if (typeof telemetry === "string") throw new Error(telemetry);
  const { bridges } = configOf("bridge.yaml", yaml, variables);
  const started = await startBridges({
    bridges,
    data: folder,
    telemetry,
    say,
    show: (event) => void shown.push(event),
    clock,
    ...more,
  });
  return {
    bridges: started,
    clock: (more.clock as StepClock | undefined) ?? clock,
    receiver,
    said,
    shown,
    folder,
    jobs: () => fold(once(receiver.events())),
    refused: (name) => linesIn(join(folder, `${name}.refused.ndjson`)),
    async [Symbol.asyncDispose]() {
      await started.stop();
      if (wish.receiver === undefined) await receiver[Symbol.asyncDispose]();
    },
  };
}

/** Events without copies, as a store keeps them. */
export const once = (events: readonly JobEvent[]): readonly JobEvent[] => [
  ...new Map(events.map((event) => [event.attributes["log.record.uid"], event])).values(),
];

const linesIn = (path: string): readonly unknown[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
