import type { EventName } from "@jobtrail/conventions";
import type { Recorder } from "@jobtrail/core/recorder";

/** Takes a change back; a second call does nothing. */
export type Undo = () => void;

/** A job system, as its instrumentation declares it: shared code reads this and asks for no name. */
export interface JobSystem {
  /** `job.system.name`. */
  readonly name: string;
  /** The events that its hooks can see. */
  readonly sees: readonly EventName[];
  /** The place in a stored job that holds what travels with it, or why there is none. */
  readonly carrier: string;
  readonly targets: readonly Target[];
}

/** One module, or one file inside it, that is watched when it is loaded. */
export interface Target {
  /** The package's name, as it is imported. */
  readonly module: string;
  /** A file inside it, from its root and without the package's name: it is reached where the entry is not. */
  readonly file?: string;
  /** Semver ranges. */
  readonly versions: readonly string[];
  /** Begins to watch; what is watched already stays as it is. */
  watch(exports: unknown, to: Recorder): Undo;
}
