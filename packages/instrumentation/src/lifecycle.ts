import type { Recorder } from "@jobtrail/core/recorder";
import type { Kinds } from "./kind.ts";
import type { ReadyTimes } from "./ready.ts";

/** What the parts of the lifecycle share. */
export interface Lifecycle {
  readonly system: string;
  readonly recorder: Recorder;
  readonly kinds: Kinds;
  readonly ready: ReadyTimes;
}
