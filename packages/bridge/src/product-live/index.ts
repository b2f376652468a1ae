import type { Client } from "../client.ts";
import { SourceError } from "../client.ts";
import { newIn } from "../folder.ts";
import { polled } from "../poll.ts";
import type { BridgePage, Opened, Surroundings } from "../source.ts";
import { audits } from "./audit.ts";
import { productLiveClient } from "./config.ts";
import type { ProductLiveConfig } from "./config.ts";
import { executions } from "./execution.ts";
import { heardIn, learn, markShape, overdueIn, pageOf, readingOf } from "./read.ts";
import type { Mark, Reading } from "./read.ts";

export { productLiveConfig, productLiveExample } from "./config.ts";
export type { ProductLiveConfig } from "./config.ts";

const defaults = { everyMs: 30_000, stalledMs: 24 * 3_600_000, missedMs: 900_000, size: 100 };

/** How far back a bridge begins that has never read. */
const firstLookMs = 24 * 3_600_000;

/** Opens the bridge to an account. */
export function openProductLive(config: ProductLiveConfig, around: Surroundings): Opened {
  const { every: everyMs = defaults.everyMs } = config;
  const client = productLiveClient(config, around);
  const mark = (stored: unknown): Mark | undefined => markShape.safeParse(stored).data;
  const { name } = around;
  return {
    live: polled({ name, everyMs, mark, round: roundsOf(config, client, around) }, around),
    backfill: (since) =>
      polled({ name, everyMs: 1, mark, round: roundsOf(config, client, around, since) }, { ...around, once: true }),
    close: () => client?.close(),
  };
}

type Rounds = (from: Mark | undefined, stop: AbortSignal) => AsyncGenerator<BridgePage<Mark>>;

/** @param history the time from which a backfill reads; of the present it reads nothing. */
function roundsOf(
  config: ProductLiveConfig,
  client: Client | undefined,
  around: Surroundings,
  history?: number,
): Rounds {
  const { size = defaults.size, stalledAfter = defaults.stalledMs, missedAfter = defaults.missedMs } = config;
  const pipelines = new Set<string>();
  const may = { seeExecutions: true };
  return async function* rounds(from, stop) {
    const began = around.clock.now();
    const reading = readingOf(around, from);
    if (client !== undefined) yield* audits(reading, { client, size, since: history ?? began - firstLookMs }, stop);
    if (config.folder !== undefined) yield* imported(reading, config.folder);
    if (history !== undefined) return void (yield { ...pageOf(reading, [], 0), share: 1 });
    reading.until = began;
    if (client !== undefined && may.seeExecutions) yield* allowed(reading, client, pipelines, may, stop);
    const events = overdueIn(reading, stalledAfter, missedAfter);
    yield { ...pageOf(reading, events, 0), until: began };
  };
}

/** Executions where the key allows it. */
async function* allowed(
  reading: Reading,
  client: Client,
  pipelines: Set<string>,
  may: { seeExecutions: boolean },
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>> {
  try {
    yield* executions(reading, client, pipelines, stop);
  } catch (error) {
    if (!(error instanceof SourceError) || ![401, 403, 404].includes(error.status ?? 0)) throw error;
    may.seeExecutions = false;
    const { name, say } = reading.around;
    say(
      `${name}: job executions cannot be read with this apiKey: running jobs and the depth of pipelines are not shown. Ends and what was queued are, from the audit log.`,
    );
  }
}

/** Rows of files. */
async function* imported(reading: Reading, folder: string): AsyncGenerator<BridgePage<Mark>> {
  const { files, around } = reading;
  for await (const { name, inputs, mark, share } of newIn({ folder, clock: around.clock }, Object.fromEntries(files))) {
    const heard = inputs.map((input) => heardIn(input, "import", reading));
    learn(heard, reading);
    files.set(name, mark);
    yield {
      ...pageOf(
        reading,
        heard.flatMap(({ events }) => events),
        heard.length,
      ),
      share,
    };
  }
}
