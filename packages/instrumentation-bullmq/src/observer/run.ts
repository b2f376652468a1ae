import type { JobReading } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { timeOf } from "./entry.ts";
import type { Entry } from "./entry.ts";

/** Tells which run an entry of the stream is about: the store knows a job's last run alone, and may be ahead of the stream. */
export interface Runs {
  /** Nothing where the stored job is in another run by now. */
  of(entry: Entry, job: Job | undefined, reading: JobReading): JobReading | undefined;
}

/** How far the stored start of a run may be from the server's time of it, in milliseconds: never later, by equal clocks. */
const skewMs = { before: 2000, after: 5 };

const mostRemembered = 10_000;

/** Follows the runs of a queue's jobs from entry to entry. */
export function followedRuns(): Runs {
  /** How often a job was started; known from its first entry on. */
  const starts = new Map<string, number>();
  /** The runs at work, and those that could not be told. */
  const open = new Map<string, JobReading | undefined>();
  return {
    of(entry, job, reading) {
      const { event, jobId = "" } = entry;
      if (event === "added") starts.set(jobId, 0);
      for (const map of [starts, open]) if (map.size > mostRemembered) map.delete(map.keys().next().value ?? "");
      if (event !== "active") {
        const isKnown = open.has(jobId);
        const run = open.get(jobId);
        open.delete(jobId);
        return isKnown ? run : job !== undefined && startOf(job) <= timeOf(entry) ? reading : undefined;
      }
      const number = starts.get(jobId);
      const run = job !== undefined && isStartOf(entry, job, reading, number) ? reading : undefined;
      const next = number === undefined ? run?.runNumber : number + 1;
      if (next !== undefined) starts.set(jobId, next);
      open.set(jobId, run);
      return run;
    },
  };
}

const startOf = ({ processedOn }: Job): number => processedOn ?? Number.POSITIVE_INFINITY;

function isStartOf(entry: Entry, job: Job, { runNumber }: JobReading, number: number | undefined): boolean {
  if (number !== undefined) return runNumber === number + 1;
  const behindMs = timeOf(entry) - startOf(job);
  return behindMs < skewMs.before && behindMs > -skewMs.after;
}
