import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** One job, as pg-boss's own table has it. */
export interface Stored {
  readonly id: string;
  readonly queue: string;
  readonly state: string;
  readonly retries: number;
}

/** Reads pg-boss's own table. */
export async function storedJobs(url: string): Promise<readonly Stored[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; name: string; state: string; retry_count: number }>(
      "SELECT id::text, name, state::text, retry_count FROM pgboss.job WHERE name IN ('orders', 'emails')",
    );
    return rows.map(({ id, name, state, retry_count }) => ({ id, queue: name, state, retries: retry_count }));
  } finally {
    await client.end();
  }
}

/** Whether pg-boss will do nothing more with a job. */
export const isOver = ({ state }: Stored): boolean =>
  state === "completed" || state === "failed" || state === "cancelled";

/** The jobs that a worker had begun and not ended, by its own journal. */
export function atWork(journal: string): readonly string[] {
  const begun = new Set<string>();
  for (const line of linesOf(journal)) {
    const [what, id = ""] = line.split(" ");
    if (what === "begin") begun.add(id);
    else begun.delete(id);
  }
  return [...begun];
}

/** The results of every schedule's ticks, in order, by the files that they wrote. */
export const ticks = (folder: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.startsWith("ticks-"))
      .map((name) => [name.slice("ticks-".length), linesOf(join(folder, name))]),
  );

const linesOf = (path: string): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
