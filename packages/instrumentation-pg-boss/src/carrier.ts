import { carrierOf } from "@jobtrail/core/recorder";
import type { Carrier } from "@jobtrail/core/recorder";

const own = "jobtrail";

/** What travels with the jobs of one call. */
export type Travelling = Carrier & {
  /** The queue it was sent to: a copy in a dead letter queue has it too. */
  readonly queue?: string;
  /** When the jobs may start, in milliseconds since the epoch; absent where they differ or it is not known. */
  readonly ready?: string;
  readonly trigger?: string;
  readonly schedule?: string;
};

/**
 * What pg-boss stores with the call's jobs, with ours beside it. Ours has a key of its own, which
 * no propagator reads: pg-boss's span stays a root unless the app asked it to continue the trace.
 */
export const stored = (native: unknown, travelling: Travelling): unknown => ({
  ...(native as object | null),
  [own]: JSON.stringify(travelling),
});

/** What travelled with a job; where the sender was not watched, what pg-boss itself stored. */
export function travelled(native: unknown): Travelling | undefined {
  const carrier = carrierOf(native);
  return carrier?.[own] === undefined ? carrier : carrierOf(carrier[own]);
}
