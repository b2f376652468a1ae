import { setTimeout } from "node:timers/promises";
import type { Collector } from "../otelcol.ts";
import { sumOf } from "../samples.ts";
import type { Backend } from "./backend.ts";
import type { Sender, Sending } from "./sender.ts";

/** Who takes part in a case. The sender has sent nothing yet, the backend listens. */
export interface Stage extends Pick<Size, "records" | "outageMs"> {
  readonly collector: Collector;
  readonly backend: Backend;
  readonly sender: Sender;
}

/** How large a case is. */
export interface Size {
  readonly records: number;
  /** How much text each record carries besides its attributes. */
  readonly bodyBytes: number;
  /** How long a backend is away or unwilling; 0 for no longer than it takes to see the effect. */
  readonly outageMs: number;
}

/** Something that goes wrong. */
export interface Case {
  /** The backend refuses for good, so that the Collector drops the batch: only the second sink keeps its records. */
  readonly drops?: true;
  /** What the Collector gets besides the configuration of an agent, for so many bytes of records in all. */
  readonly env?: (bytes: number) => Readonly<Record<string, string>>;
  /** How large it is, where that matters: then always so. */
  readonly size?: Partial<Size>;
  /** How the records are sent, where that matters. */
  readonly sending?: Partial<Sending>;
  /** Does it, with all records sent and acknowledged in it; ends when the backend has got all that it ever gets by itself. */
  run(stage: Stage): Promise<void>;
}

/** All cases by their names. */
export const cases: Readonly<Record<string, Case>> = {
  "backend away, kill -9 twice": {
    env: smallFiles,
    async run({ collector, backend, sender, records, outageMs }) {
      await backend.down();
      const pacing = paced(sender, 0, records, outageMs);
      for (const part of [1, 2]) {
        await sender.untilAcknowledged((part * records) / 3);
        await collector.kill();
        await collector.start();
      }
      await pacing;
      await sender.untilAcknowledged(records);
      await backend.up();
      await backend.untilUnique(records);
    },
  },
  "backend away, SIGTERM": {
    async run({ collector, backend, sender, records, outageMs }) {
      await backend.down();
      const pacing = paced(sender, 0, records, outageMs);
      await sender.untilAcknowledged(records / 2);
      await collector.stop();
      await collector.start();
      await pacing;
      await sender.untilAcknowledged(records);
      await backend.up();
      await backend.untilUnique(records);
    },
  },
  "SIGTERM after the last request": {
    async run({ collector, backend, sender, records }) {
      sender.allow(records);
      await sender.untilAcknowledged(records);
      await collector.stop();
      await collector.start();
      await backend.untilUnique(records);
    },
  },
  "slow backend, kill -9": {
    async run({ collector, backend, sender, records }) {
      backend.delayMs = 3000;
      sender.allow(records);
      await sender.untilAcknowledged(records);
      await backend.untilOpen(1);
      await collector.kill();
      backend.delayMs = 0;
      await collector.start();
      await backend.untilUnique(records);
    },
  },
  "queue full, kill -9": queueFull((collector) => collector.kill()),
  "queue full, SIGTERM": queueFull((collector) => collector.stop()),
  // Requests that wait for room in the queue are what fills the memory.
  "memory full": {
    env: () => ({ JOBTRAIL_COLLECTOR_MEMORY_MIB: "40", JOBTRAIL_COLLECTOR_QUEUE_BYTES: "4194304" }),
    size: { records: 3200, bodyBytes: 10_000 },
    sending: { perRequest: 200, parallel: 16 },
    async run({ collector, backend, sender, records }) {
      await backend.down();
      sender.allow(records - 400);
      await collector.waitForMetrics(() => collector.log().includes("Refusing data"), /memory/);
      sender.allow(records);
      await sender.untilAnswered("503", 4);
      await backend.up();
      await sender.untilAcknowledged(records);
      await backend.untilUnique(records);
    },
  },
  "backend says 401": {
    drops: true,
    env: smallFiles,
    async run({ collector, backend, sender, records, outageMs }) {
      const refused = Math.floor(records / 2);
      backend.status = 401;
      await paced(sender, 0, refused, outageMs);
      await sender.untilAcknowledged(refused);
      await collector.waitForMetrics(
        (samples) => sumOf(samples, "otelcol_exporter_send_failed_log_records", { exporter }) >= refused,
        /sent_log|send_failed/,
      );
      backend.status = 200;
      sender.allow(records);
      await sender.untilAcknowledged(records);
      await backend.untilUnique(records - refused);
    },
  },
};

/** Four or five files of the second sink, where it would be one. */
function smallFiles(bytes: number): Readonly<Record<string, string>> {
  return { JOBTRAIL_COLLECTOR_SECOND_SINK_MIB: String(Math.max(1, Math.floor(bytes / 2 ** 22))) };
}

/** The queue holds a tenth of what is sent, and no less than what the exporter's own batches want. */
function queueFull(end: (collector: Collector) => Promise<unknown>): Case {
  return {
    env: (bytes) => ({ JOBTRAIL_COLLECTOR_QUEUE_BYTES: String(Math.max(300_000, Math.floor(bytes / 10))) }),
    sending: { timeoutMs: 1000 },
    async run({ collector, backend, sender, records }) {
      await backend.down();
      sender.allow(records);
      await sender.untilAnswered("no answer", 8);
      await end(collector);
      await collector.start();
      await backend.up();
      await sender.untilAcknowledged(records);
      await backend.untilUnique(records);
    },
  };
}

/** The exporter to the backend. */
export const exporter = "otlp_http/logs";

/** How often a second the sender is allowed more. */
const stepsPerSecond = 4;

/** Lets records be sent evenly over a time, or at once. */
async function paced(sender: Sender, from: number, upTo: number, ms: number): Promise<void> {
  const steps = Math.max(1, Math.floor((ms / 1000) * stepsPerSecond));
  for (let step = 1; step <= steps; step++) {
    sender.allow(from + Math.ceil(((upTo - from) * step) / steps));
    if (steps > 1) await setTimeout(1000 / stepsPerSecond);
  }
}
