import type { JobAttributes } from "@jobtrail/conventions";
import type { Chosen } from "./options.ts";
import type { Output } from "./output.ts";

/** What a recorder works with. */
export interface Setup {
  readonly options: Chosen;
  /** Writes to the sink as it is now. */
  readonly output: () => Output;
  /** What every record of this process says. */
  readonly always: JobAttributes;
  /** The service as the one who asks, where nobody else does. */
  readonly self: JobAttributes;
}
