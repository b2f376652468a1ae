/** A job, as a job log's API gives it. */
export interface LoggedJob {
  readonly uid: string;
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly counts: { readonly runs: number; readonly retries: number; readonly lost: number };
}

/** All jobs of a job log. */
export async function jobsOf(url: string): Promise<readonly LoggedJob[]> {
  const found: LoggedJob[] = [];
  let next: string | undefined = "";
  while (next !== undefined) {
    const page: Page = await get(`${url}/api/v1/jobs?limit=200${next && `&before=${encodeURIComponent(next)}`}`);
    found.push(...page.jobs);
    next = page.next;
  }
  return found;
}

interface Page {
  readonly jobs: readonly LoggedJob[];
  readonly next?: string;
}

/** The uids of all records that a job log holds of some jobs. */
export async function recordUidsOf(url: string, jobs: readonly LoggedJob[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { uid } of jobs) {
    const { events } = await get<{ events: Event[] }>(`${url}/api/v1/jobs/${uid}/events`);
    found.push(...events.map(({ attributes }) => String(attributes["log.record.uid"])));
  }
  return found;
}

interface Event {
  readonly attributes: Readonly<Record<string, unknown>>;
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
