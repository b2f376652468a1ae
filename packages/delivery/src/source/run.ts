import timers from "node:timers/promises";
import { reasonOf } from "@jobtrail/conventions";
import type { Refusal } from "@jobtrail/core/event";
import { CheckpointError } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { DeliveryError } from "./records.ts";
import type { EventSink } from "./records.ts";
import type { Source } from "./source.ts";

const { setTimeout } = timers;

/** A source and the sink that its events are sent to. */
export interface SourceRun<Mark> {
  readonly source: Source<Mark>;
  readonly checkpoint: Checkpoint;
  readonly sink: EventSink;
  readonly stop: AbortSignal;
  /** Called for records that the source could not read. */
  readonly refused: (refusal: Refusal) => void;
  /** Prints a sentence for the user. */
  readonly say: (sentence: string) => void;
}

/** The result. */
export interface SourceEnd {
  readonly events: number;
  readonly refused: number;
}

const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/**
 * Reads a source to its end, or until it is stopped. The checkpoint moves only when the sink has taken a page, so a
 * process that dies in between reads that page again; its records have the same `log.record.uid`. A source that fails
 * is read again from the checkpoint, with growing pauses.
 * @throws CheckpointError if the position cannot be read or stored.
 * @throws DeliveryError if the receiver accepts nothing.
 */
export async function runSource<Mark>(run: SourceRun<Mark>): Promise<SourceEnd> {
  const { source, stop, say } = run;
  const counts = { events: 0, refused: 0 };
  for (let pauseMs = firstPauseMs; !stop.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const before = counts.events;
    try {
      await readFrom(markIn(run), run, counts);
      return counts;
    } catch (error) {
      if (stop.aborted) return counts;
      if (error instanceof CheckpointError || error instanceof DeliveryError) throw error;
      if (counts.events > before) pauseMs = firstPauseMs;
      say(`${source.name} cannot be read: ${reasonOf(error)}; it is read again in ${pauseMs / 1000} s.`);
      await setTimeout(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  return counts;
}

interface Counts {
  events: number;
  refused: number;
}

async function readFrom<Mark>(from: Mark | undefined, run: SourceRun<Mark>, counts: Counts): Promise<void> {
  const { source, checkpoint, sink, stop } = run;
  for await (const { events, refused, next } of source.read(from, stop)) {
    for (const each of refused) run.refused(each);
    await sink.write(events, stop);
    checkpoint.write(next);
    counts.events += events.length;
    counts.refused += refused.length;
    if (stop.aborted) return;
  }
}

/** @throws CheckpointError for a value that is not a mark of this source. */
function markIn<Mark>({ source, checkpoint }: SourceRun<Mark>): Mark | undefined {
  const stored = checkpoint.read();
  if (stored === undefined) return undefined;
  const mark = source.mark(stored);
  if (mark === undefined)
    throw new CheckpointError(
      checkpoint.path,
      `it holds ${JSON.stringify(stored).slice(0, 100)}, which is not a position in ${source.name}; remove it to read the source from its beginning`,
    );
  return mark;
}
