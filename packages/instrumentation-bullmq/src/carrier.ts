import type { Carrier } from "@jobtrail/core/recorder";
import type { JobsOptions } from "bullmq";

/** A mark in the carrier of a job that had to wait for its children: BullMQ does not store when it became ready. */
const blockedMark = "jobtrail.blocked";

/** Where the carrier stands if `telemetry.metadata` holds a text of another library's, such as Sentry's. BullMQ keeps it. */
const ownOption = "jobtrail";

type Options = JobsOptions & { readonly [ownOption]?: string };

/**
 * Options that carry the sender's context. The caller's object is not touched, nor what others wrote there.
 * @param blocked whether the job must wait for its children.
 */
export function carrying(opts: JobsOptions | undefined, carrier: Carrier, blocked = false): Options | undefined {
  if (isEmpty(carrier)) return opts;
  const own = blocked ? marked(carrier) : carrier;
  const { metadata: before, omitContext } = opts?.telemetry ?? {};
  // With metadata, `omitContext` protects that metadata against BullMQ's own: dd-trace sets it.
  if (before === undefined) return omitContext === true ? opts : withMetadata(opts, JSON.stringify(own));
  const others = objectOf(before);
  return others === undefined
    ? { ...opts, [ownOption]: JSON.stringify(own) }
    : withMetadata(opts, JSON.stringify({ ...own, ...others }));
}

const marked = (carrier: Carrier): Carrier => ({ ...carrier, [blockedMark]: "true" });

const withMetadata = (opts: JobsOptions | undefined, metadata: string): JobsOptions => ({
  ...opts,
  telemetry: { ...opts?.telemetry, metadata },
});

function isEmpty(carrier: Carrier): boolean {
  for (const _ in carrier) return false;
  return true;
}

/** What a stored job carries. */
export const carriedBy = (opts: Options): string | undefined => opts[ownOption] ?? opts.telemetry?.metadata;

/** Whether a stored job had to wait for its children when it was queued. */
export function isMarkedBlocked(opts: JobsOptions): boolean {
  const carried: unknown = carriedBy(opts);
  return typeof carried === "string" && carried.includes(`"${blockedMark}"`);
}

/** Another instrumentation's metadata; undefined for a text that is no JSON object. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
