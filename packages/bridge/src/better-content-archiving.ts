import { fromIso, fromMillis, secondsBetween, toIso } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { betterContentArchiving as schema, isDateFormat, isTimeZone } from "@jobtrail/schemas";
import { z } from "zod";
import { common, word } from "./field.ts";
import type { CommonConfig } from "./field.ts";
import { folderShape, newIn } from "./folder.ts";
import type { FolderMark } from "./folder.ts";
import { polled } from "./poll.ts";
import { learnedBy, recordIn } from "./record.ts";
import type { BridgePage, Opened, Surroundings } from "./source.ts";

/** The configuration of the importer of Better Content Archiving's executions. */
export interface BcaConfig extends CommonConfig {
  /** The folder where files are put: texts of the page, JSON, CSV. */
  readonly folder: string;
  /** How times are written that are no ISO 8601, such as `dd.MM.yyyy HH:mm:ss`. */
  readonly dateFormat?: string | undefined;
  /** The zone of times that name none. */
  readonly timeZone?: string | undefined;
}

/** The shape of the importer's configuration. */
export const bcaConfig: z.ZodType<BcaConfig> = z.strictObject({
  ...common,
  folder: word,
  dateFormat: z.string().refine(isDateFormat, "expected a format such as dd.MM.yyyy HH:mm:ss").optional(),
  timeZone: z.string().refine(isTimeZone, "expected a zone such as Europe/Budapest, UTC or +01:00").optional(),
});

/** A configuration to begin with, as the command prints it. */
export const bcaExample: string = `better-content-archiving:
  folder: ./executions                # texts copied from the page (.txt), .json, .csv
  dateFormat: dd.MM.yyyy HH:mm:ss     # as the page shows times to whoever copies them
  timeZone: Europe/Budapest
  every: 10s
`;

/** An execution of a schedule that may be a retry, or be retried. */
interface Scheduled {
  readonly id: string;
  readonly uid: string;
  readonly run: string;
  readonly name: string;
  readonly start: string;
  /** Of one that failed. */
  readonly failed?: string | undefined;
}

/** What was read of the folder. */
interface Mark {
  readonly files: FolderMark;
  /** The last executions of schedules, in which retries are found. */
  readonly scheduled: readonly Scheduled[];
}

const markShape: z.ZodType<Mark> = z.object({
  files: folderShape,
  scheduled: z.array(
    z.object({
      id: z.string(),
      uid: z.string(),
      run: z.string(),
      name: z.string(),
      start: z.string(),
      failed: z.string().optional(),
    }),
  ),
});

const defaultEveryMs = 10_000;
const mostScheduled = 200;

/** Opens the importer. */
export function openBca(config: BcaConfig, around: Surroundings): Opened {
  const { every: everyMs = defaultEveryMs } = config;
  const mark = (stored: unknown): Mark | undefined => markShape.safeParse(stored).data;
  const round = roundsOf(config, around);
  const poll = { name: around.name, everyMs, mark, round };
  return {
    live: polled(poll, around),
    backfill: () => polled({ ...poll, round: (from, stop) => whole(round(from, stop)) }, { ...around, once: true }),
    close: () => undefined,
  };
}

/** The last page of a folder is the end of its history. */
async function* whole(pages: AsyncIterable<BridgePage<Mark>>): AsyncGenerator<BridgePage<Mark>> {
  for await (const page of pages)
    yield page.until === undefined ? { ...page, share: Math.min(0.999, page.share ?? 0) } : { ...page, share: 1 };
}

type Rounds = (from: Mark | undefined, stop: AbortSignal) => AsyncGenerator<BridgePage<Mark>>;

const begins = (line: string): boolean => /^\W*Job execution ID\b/.test(line);

function roundsOf({ folder, dateFormat, timeZone }: BcaConfig, around: Surroundings): Rounds {
  return async function* rounds(from) {
    const { clock } = around;
    const files: Record<string, FolderMark[string]> = { ...from?.files };
    let scheduled = from?.scheduled ?? [];
    const began = clock.now();
    for await (const { name, inputs, mark, share } of newIn({ folder, clock, begins }, files)) {
      const read = inputs.flatMap((input) => {
        const record = recordIn(schema, input, around, { dateFormat, timeZone });
        return record === undefined ? [] : [learnedBy(schema.read(record, fromMillis(clock.now())), "import")];
      });
      const found = retriesIn(
        read.flatMap((events) => scheduledIn(events)),
        scheduled,
        clock.now(),
      );
      files[name] = mark;
      scheduled = found.scheduled;
      const events = [...read.flat(), ...found.events];
      yield { events, records: read.length, refused: [], share, next: { files: { ...files }, scheduled } };
    }
    yield { events: [], records: 0, refused: [], until: began, next: { files, scheduled } };
  };
}

/** The execution of a schedule that events tell of. */
function scheduledIn(events: readonly JobEvent[]): readonly Scheduled[] {
  const ended = events.at(-1);
  const {
    "job.trigger.type": trigger,
    "job.id": id = "",
    "job.uid": uid = "",
    "job.run.uid": run = "",
    "job.name": name = "",
    "job.run.result": result,
    "job.run.started_at": started,
  } = ended?.attributes ?? {};
  if (ended === undefined || trigger !== "cron" || started === undefined) return [];
  const failed = result === "failure" && ended.time !== undefined ? toIso(ended.time) : undefined;
  return [{ id, uid, run, name, start: started, failed }];
}

/** A failed execution of a schedule is tried again after five minutes; the log does not say which one is which. */
const retryAfterS = 300;
const toleranceS = 90;

/** Retries among new and earlier executions, in whatever order files have them. */
function retriesIn(
  fresh: readonly Scheduled[],
  before: readonly Scheduled[],
  now: number,
): { readonly events: readonly JobEvent[]; readonly scheduled: readonly Scheduled[] } {
  if (fresh.length === 0) return { events: [], scheduled: before };
  const all = [...new Map([...before, ...fresh].map((each) => [each.uid, each])).values()]
    .toSorted((a, b) => (a.start < b.start ? -1 : 1))
    .slice(-mostScheduled - fresh.length);
  const isFresh = new Set(fresh.map(({ uid }) => uid));
  const events = all.flatMap((failed) => {
    if (failed.failed === undefined) return [];
    const retry = all.find((each) => isRetry(each, failed));
    return retry !== undefined && (isFresh.has(failed.uid) || isFresh.has(retry.uid))
      ? [retryOf(failed, retry, now)]
      : [];
  });
  return { events, scheduled: all.slice(-mostScheduled) };
}

function isRetry(each: Scheduled, { name, failed }: Scheduled): boolean {
  const [ended, started] = [failed === undefined ? undefined : fromIso(failed), fromIso(each.start)];
  if (ended === undefined || started === undefined || each.name !== name) return false;
  return Math.abs(secondsBetween(ended, started) - retryAfterS) <= toleranceS;
}

const retryOf = (failed: Scheduled, retry: Scheduled, now: number): JobEvent => ({
  name: "job.retry_scheduled",
  ...timeOf(failed.failed),
  seen: fromMillis(now),
  attributes: {
    "job.system.name": "better-content-archiving",
    "job.name": failed.name,
    "job.id": failed.id,
    "job.uid": failed.uid,
    "job.run.uid": failed.run,
    "job.available_at": retry.start,
    "job.reason": `inferred: ${retry.id}, an execution of its schedule, began five minutes after it failed`,
    "job.record.source": "inferred",
    "log.record.uid": `${failed.run}-retried-${retry.uid}`,
  },
});

function timeOf(iso: string | undefined): Pick<JobEvent, "time"> {
  const time = iso === undefined ? undefined : fromIso(iso);
  return time === undefined ? {} : { time };
}
