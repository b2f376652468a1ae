import { every } from "@jobtrail/core/clock";
import type { JobEvent } from "@jobtrail/core/event";
import { checkpointIn } from "@jobtrail/delivery/source";
import type { Checkpoint } from "@jobtrail/delivery/source";
import { join } from "node:path";
import { runBridge } from "./bridge.ts";
import type { Configured } from "./config.ts";
import { systemClock } from "./pace.ts";
import type { Clock } from "./pace.ts";
import { progressOf } from "./progress.ts";
import { rejectsIn } from "./rejects.ts";
import { listen } from "./server.ts";
import type { Opened, Surroundings } from "./source.ts";
import { statusOf } from "./status.ts";
import type { Standing, Status } from "./status.ts";
import type { Telemetry } from "./telemetry.ts";

/** How bridges are started. */
export interface StartOptions {
  readonly bridges: readonly Configured[];
  /** The folder of checkpoints and of records that were refused. */
  readonly data: string;
  /** Where telemetry goes; without it the events are shown, and nothing is sent or remembered: a dry run. */
  readonly telemetry?: Telemetry | undefined;
  readonly say: (sentence: string) => void;
  readonly show?: (event: JobEvent) => void;
  /** Where health is asked and webhooks arrive; nowhere where absent. */
  readonly listen?: string | undefined;
  /** Reads the history from this time on, in milliseconds, and ends. */
  readonly backfill?: number | undefined;
  /** Ends when all that there is has been read. */
  readonly once?: boolean;
  readonly clock?: Clock;
}

/** Bridges at work. */
export interface Bridges extends AsyncDisposable {
  /** Resolves when all have ended; rejects where one cannot go on. */
  readonly ended: Promise<void>;
  /** Where health is asked and webhooks arrive. */
  readonly url: string | undefined;
  standings(): readonly Standing[];
  /** Stops reading; what was acknowledged is remembered. */
  stop(): Promise<void>;
}

const measureEveryMs = 5000;

/**
 * Starts bridges in this process.
 * @throws CatalogueError where it cannot listen.
 */
export async function startBridges(options: StartOptions): Promise<Bridges> {
  const stop = new AbortController();
  const working = options.bridges.map((each) => workOf(each, options, stop.signal));
  const standings = (): readonly Standing[] => working.map(({ status }) => status.standing());
  const listening =
    options.listen === undefined || options.backfill !== undefined
      ? undefined
      : await listen({
          address: options.listen,
          standings,
          receive: (name, request) =>
            working.find((each) => each.name === name)?.opened.receive?.(request, stop.signal),
        });
  const measured = every(measureEveryMs, () => {
    for (const { status } of working) status.measure();
  });
  const ended = Promise.all(working.map(({ run }) => run())).then(() => undefined);
  ended.catch(() => stop.abort());
  const close = async (): Promise<void> => {
    stop.abort();
    await ended.catch(() => undefined);
    measured();
    for (const { opened } of working) opened.close();
    await listening?.close();
    await options.telemetry?.close();
  };
  return { ended, url: listening?.url, standings, stop: close, [Symbol.asyncDispose]: close };
}

interface Working {
  readonly name: string;
  readonly status: Status;
  readonly opened: Opened;
  run(): Promise<void>;
}

function workOf({ name, system, config, of }: Configured, options: StartOptions, stop: AbortSignal): Working {
  const { clock = systemClock, telemetry, say, data, backfill, show = () => undefined, once = false } = options;
  const status = statusOf({ name, system, now: clock.now, bind: telemetry?.bind });
  const rejects = rejectsIn(telemetry && join(data, `${name}.refused.ndjson`), clock.now);
  const around: Surroundings = {
    name,
    system,
    clock,
    status,
    say,
    once,
    reject(refusal, record) {
      if (!rejects.keep(refusal, record)) return;
      status.refused();
      const { path, expected, found } = refusal;
      const kept = telemetry === undefined ? "" : ` It is kept in ${name}.refused.ndjson.`;
      say(`${name}: a record is refused: ${path} is ${found}; expected ${expected}.${kept}`);
    },
  };
  const opened = of.open(config, around);
  const source = backfill === undefined ? opened.live : opened.backfill?.(backfill);
  const run = async (): Promise<void> => {
    if (source === undefined) return say(`${name}: its system keeps no history, so there is nothing to backfill.`);
    const isHistory = backfill !== undefined;
    const checkpoint =
      telemetry === undefined ? nowhere : checkpointIn(data, isHistory ? `${name}.backfill-${backfill}` : name);
    await runBridge({
      ...around,
      source,
      checkpoint,
      stop,
      telemetry,
      show,
      counts: !isHistory,
      acknowledged: progressOf(name, { clock, say, isHistory }),
    });
  };
  return { name, status, opened, run };
}

/** A dry run remembers nothing. */
const nowhere: Checkpoint = { path: "nowhere", read: () => undefined, write: () => undefined };
