import type { Fault } from "./fault.ts";

/** What a test asks of the preload in a child process; it stands as JSON in the variable `variable`. */
export interface Plan {
  /** URL of the module that exports the instrumentation's class, and the class's name. */
  readonly url: string;
  readonly className: string;
  /** Where the SDK sends to; absent where no SDK is to be registered. */
  readonly endpoint?: string;
  readonly fault?: Fault;
  /** Subscribers that throw: the options that are functions, or the SDK's processors. */
  readonly throwing?: "hooks" | "processors";
  /** Two instances of the instrumentation instead of one. */
  readonly twice?: true;
  /** The library is not to be found. */
  readonly absent?: true;
}

/** Where the plan stands in the child's environment. Not `JOBTRAIL_…`: that is for the product's settings. */
export const variable = "TESTING_PLAN";

/** The file descriptor that the preload reports on: standard output is the host's. */
export const reportDescriptor = 3;

/** What the preload knows at the end of a child process. */
export interface Report {
  /** The functions that were changed when the library was loaded, as paths. */
  readonly patched: readonly string[];
  /** Those that were not as before after the instrumentation was disabled. */
  readonly left: readonly string[];
  /** How often a subscriber threw. */
  readonly threw: number;
  /** How often the planted fault acted. */
  readonly planted: number;
  /** The errors logged through `diag`: the failures that a guard kept from the host. */
  readonly diagErrors: readonly string[];
}
