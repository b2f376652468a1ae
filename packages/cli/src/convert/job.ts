import { resolve } from "node:path";
import { fromRecord, isRefusal } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import { z } from "zod";
import { failure } from "../errors.ts";
import { eventIn } from "./event.ts";

/** Where a job log is: its folder, or its address. */
export type Log = { readonly data: string } | { readonly url: string };

const deadlineMs = 30_000;

/**
 * All events of a job in a job log.
 * @throws CatalogueError where there is none; StoreError where the folder cannot be read.
 */
export async function eventsOf(uid: string, log: Log): Promise<readonly (JobEvent | Refusal)[]> {
  const events = "url" in log ? await fetched(uid, log.url) : await kept(uid, resolve(log.data));
  if (events.length > 0) return events;
  const where = "url" in log ? log.url : resolve(log.data);
  throw failure("JOBTRAIL_JOB_UNKNOWN", { log: where, uid: uid.slice(0, 100) });
}

async function kept(uid: string, data: string): Promise<readonly (JobEvent | Refusal)[]> {
  // Loaded here, so that files are converted in little memory.
  const { readEvents } = await import("@jobtrail/joblog");
  const records = readEvents(data, uid);
  if (records === undefined) throw failure("JOBTRAIL_LOG_UNREACHABLE", { log: data, reason: "the folder holds none" });
  return records.map(({ record }) => fromRecord(record));
}

const answerShape = z.object({ events: z.array(z.unknown()) });

async function fetched(uid: string, url: string): Promise<readonly (JobEvent | Refusal)[]> {
  const response = await asked(`${url.replace(/\/+$/, "")}/api/v1/jobs/${encodeURIComponent(uid)}/events`, url);
  if (response.status === 404) return [];
  const answer = answerShape.safeParse(response.ok ? await response.json().catch(() => undefined) : undefined);
  if (!answer.success)
    throw failure("JOBTRAIL_LOG_UNREACHABLE", {
      log: url,
      reason: `it answered ${response.status}, and not as a job log does`,
    });
  return answer.data.events.map(eventIn);
}

async function asked(address: string, url: string): Promise<Response> {
  try {
    return await fetch(address, { signal: AbortSignal.timeout(deadlineMs) });
  } catch (cause) {
    const { cause: inner = cause } = cause as Error;
    const why = inner instanceof Error ? inner.message || inner.name : String(inner);
    throw failure("JOBTRAIL_LOG_UNREACHABLE", { log: url, reason: `it does not answer (${why})` }, { cause });
  }
}

/** The events that could be read, and why the others could not. */
export const sorted = (all: readonly (JobEvent | Refusal)[]): { events: JobEvent[]; refusals: Refusal[] } => ({
  events: all.filter((each): each is JobEvent => !isRefusal(each)),
  refusals: all.filter(isRefusal),
});
