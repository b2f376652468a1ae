import { guard } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import type { Around, Call } from "./around.ts";
import { eventing } from "./event.ts";
import type { Events } from "./event.ts";
import { kindsOf } from "./kind.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { queueing } from "./queue.ts";
import type { Queueing } from "./queue.ts";
import type { JobKind } from "./reading.ts";
import { readyTimes } from "./ready.ts";
import { running } from "./run.ts";
import type { Running } from "./run.ts";
import { schedulesOf } from "./schedule.ts";
import type { ScheduleReader, Schedules } from "./schedule.ts";
import { reading } from "./span.ts";
import { applied, appliedOnce, lend, surrounded, tap } from "./tap.ts";
import type { OnCall, Tap, Undo } from "./tap.ts";

/** What adapters tell what they see: the life of jobs, from which spans, records and metrics are made. */
export interface Jobs extends Queueing, Running, Events {
  /** Whether jobs of this kind are to be left alone. */
  ignores(kind: JobKind): boolean;
  /** Reads from the library's store for ourselves: without spans, and without ever rejecting. */
  read<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** Follows the schedules of the process. */
  schedules<S extends object>(reader: ScheduleReader<S>): Schedules<S>;
  /** Surrounds a function that is handed to the library, or made by it; after an undo it is called as it is. */
  surround(fn: Call, name: string, on: OnCall): Call;
  /**
   * Watches a function that one object has or will be asked for. The object is not kept; after an
   * undo the function is called as it is.
   */
  tapOne<S, A extends readonly unknown[]>(
    holder: S,
    name: string,
    on: (self: S, args: A) => Around | undefined | void,
  ): void;
  /** Replaces a function that the library reads from an object, for one call only. */
  lend(holder: object, name: string, around: Around, skipped: () => void): Around | undefined;
  /** Watches functions that were found later, until the undo. */
  also(taps: readonly Tap[]): void;
}

/** Whether the system is watched now, and what takes that back. */
export interface Watched {
  active: boolean;
  readonly undos: Undo[];
}

/** The lifecycle of one system's jobs. */
export function jobsOf(
  { system, reusesIds }: { readonly system: string; readonly reusesIds: boolean },
  recorder: Recorder,
  watched: Watched,
): Jobs {
  const life: Lifecycle = { system, recorder, kinds: kindsOf(system, reusesIds, recorder), ready: readyTimes() };
  return {
    ...queueing(life),
    ...running(life),
    ...eventing(life),
    ignores: (kind) => life.kinds.definition(kind).ignored,
    read: (work) => reading(`${system}: reading a job`, work),
    schedules: (reader) => schedulesOf(reader, life),
    surround: (fn, name, on) => surrounded(fn, `${system}: ${name}`, on, watched),
    tapOne: (holder, name, on) => appliedOnce(tap(holder, name, on), system, watched),
    lend: (holder, name, around, skipped) =>
      lend(holder, name, around, `${system}: ${name}`, () => guard(`${system}: ${name}`, skipped)),
    also(taps) {
      if (watched.active) for (const each of taps) watched.undos.push(applied(each, system));
    },
  };
}
