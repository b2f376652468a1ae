import type { Carrier } from "@jobtrail/core/recorder";
import type { JobsOptions } from "bullmq";

/** A mark in the carrier of a job that had to wait for its children: BullMQ does not store when it became ready. */
const blockedMark = "jobtrail.blocked";

/**
 * Options that carry the sender's context. The caller's object is not touched, nor what others wrote there.
 * @param blocked whether the job must wait for its children.
 */
export function carrying(opts: JobsOptions | undefined, carrier: Carrier, blocked = false): JobsOptions | undefined {
  if (isEmpty(carrier) || opts?.telemetry?.omitContext === true) return opts;
  const before = opts?.telemetry?.metadata;
  const others = before === undefined ? undefined : objectOf(before);
  if (before !== undefined && others === undefined) return opts;
  const isAlone = !blocked && others === undefined;
  const metadata = JSON.stringify(
    isAlone ? carrier : { ...carrier, ...(blocked && { [blockedMark]: "true" }), ...others },
  );
  return { ...opts, telemetry: { ...opts?.telemetry, metadata } };
}

function isEmpty(carrier: Carrier): boolean {
  for (const _ in carrier) return false;
  return true;
}

/** Whether a stored job had to wait for its children when it was queued. */
export const isMarkedBlocked = ({ telemetry }: JobsOptions): boolean =>
  typeof telemetry?.metadata === "string" && telemetry.metadata.includes(`"${blockedMark}"`);

/** Another instrumentation's metadata; a text that is no JSON object is another's own, and stays. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
