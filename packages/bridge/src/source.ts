import type { JobAttributes } from "@jobtrail/conventions";
import type { Carrier } from "@jobtrail/core/recorder";
import type { Refusal } from "@jobtrail/core/event";
import type { Page, Source } from "@jobtrail/delivery/source";
import type { Json } from "@jobtrail/schemas";
import type { Clock } from "./pace.ts";
import type { Status } from "./status.ts";

/** How many jobs stand in a queue in a state. */
export interface QueueSize {
  readonly queue: string;
  readonly state: "waiting" | "active";
  readonly jobs: number;
  /** How long the oldest of them has waited, in seconds. */
  readonly oldestSeconds?: number;
}

/** A page of a bridge: besides its events, what else became known. */
export interface BridgePage<Mark = unknown> extends Page<Mark> {
  /** How many records of the source it holds. */
  readonly records: number;
  /** All that the source showed until this time, in milliseconds, is in this page or an earlier one. */
  readonly until?: number;
  /** How much of what is to be read is done with this page, from 0 to 1. */
  readonly share?: number;
  /** The spans that caused jobs, by `job.uid`. */
  readonly carriers?: ReadonlyMap<string, Carrier>;
  /** What metrics count of runs, by `job.run.uid`, where that is not what their records say; also how long they waited. */
  readonly counters?: ReadonlyMap<string, JobAttributes>;
  /** Jobs by `job.uid` that count in no metric, such as tests. */
  readonly uncounted?: ReadonlySet<string>;
  readonly queues?: readonly QueueSize[];
}

/** A source whose pages say more than events. */
export interface BridgeSource<Mark = unknown> extends Source<Mark> {
  read(from: Mark | undefined, stop: AbortSignal): AsyncIterable<BridgePage<Mark>>;
}

/** What the bridge of a system is given to work with. */
export interface Surroundings {
  /** The name of this bridge among all. */
  readonly name: string;
  /** `job.system.name` */
  readonly system: string;
  readonly clock: Clock;
  readonly status: Status;
  /** Prints a sentence for the user. */
  readonly say: (sentence: string) => void;
  /** Keeps a record that was refused. The record is redacted. */
  readonly reject: (refusal: Refusal, record?: Json) => void;
  /** Ends a source after it has read all that there is. */
  readonly once: boolean;
}

/** A request that came in, and the answer to it. */
export interface Incoming {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** The status of an answer, and its text. */
export interface Outgoing {
  readonly status: number;
  readonly text: string;
}

/** The bridge to one system. */
export interface Opened {
  /** Reads what is new, again and again. */
  readonly live: BridgeSource;
  /** Reads the history from a time on, once, where the system keeps one. */
  readonly backfill?: (since: number) => BridgeSource;
  /** Takes what the system sends by itself. */
  readonly receive?: (request: Incoming, stop: AbortSignal) => Promise<Outgoing>;
  close(): void;
}
