import { carrierOf } from "@jobtrail/core/recorder";
import type { Carrier } from "@jobtrail/core/recorder";
import type { Job, JobsOptions } from "bullmq";

/** What the carrier says of a job that had to wait for its children: since when it could start, nobody stores. */
const blockedMark = "jobtrail.blocked";

/**
 * Options that carry the sender's context. The caller's object is not touched, nor what others wrote there.
 * @param blocked whether the job must wait for its children.
 */
export function carrying(opts: JobsOptions | undefined, carrier: Carrier, blocked = false): JobsOptions | undefined {
  if (Object.keys(carrier).length === 0 || opts?.telemetry?.omitContext === true) return opts;
  const before = opts?.telemetry?.metadata;
  const others = before === undefined ? {} : objectOf(before);
  if (others === undefined) return opts;
  const metadata = JSON.stringify({ ...carrier, ...(blocked && { [blockedMark]: "true" }), ...others });
  return { ...opts, telemetry: { ...opts?.telemetry, metadata } };
}

/** What travelled with a job. */
export const carried = ({ opts }: Job): Carrier | undefined => carrierOf(opts.telemetry?.metadata);

/** Whether a job had to wait for its children when it was queued. */
export const wasBlocked = (carrier: Carrier | undefined): boolean => carrier?.[blockedMark] !== undefined;

/** Another instrumentation's metadata; a text that is no JSON object is another's own, and stays. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
