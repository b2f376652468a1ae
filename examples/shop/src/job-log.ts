import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";

/** The jobs of the shop in the job log, read through its API and folded from the events. */
export interface JobLogContent {
  readonly jobs: readonly LoggedJob[];
  readonly summary: Readonly<Record<string, number>>;
}

/** A job, and the number of its events. */
export interface LoggedJob extends Job {
  readonly events: number;
  /** How many of the events announce a retry. */
  readonly retriesScheduled: number;
}

/** Reads a job log. */
export async function readJobLog(url: string): Promise<JobLogContent> {
  const uids: string[] = [];
  let next: string | undefined = "";
  while (next !== undefined) {
    const page: { jobs: { uid: string }[]; next?: string } = await get(
      `${url}/api/v1/jobs?limit=200${next === "" ? "" : `&before=${encodeURIComponent(next)}`}`,
    );
    uids.push(...page.jobs.map(({ uid }) => uid));
    next = page.next;
  }
  const jobs: LoggedJob[] = [];
  for (const uid of uids) {
    const { events } = await get<{ events: JobEvent[] }>(`${url}/api/v1/jobs/${uid}/events`);
    const retriesScheduled = events.filter(({ name }) => name === "job.retry_scheduled").length;
    jobs.push(...fold(events).map((job) => ({ ...job, events: events.length, retriesScheduled })));
  }
  return { jobs, summary: await get(`${url}/api/v1/summary`) };
}

/** Whether the job log shows a job as active. */
export async function isAtWork(url: string, id: string): Promise<boolean> {
  const { jobs } = await get<{ jobs: { id?: string; state: string }[] }>(`${url}/api/v1/jobs?state=active&limit=200`);
  return jobs.some((job) => job.id === id);
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
