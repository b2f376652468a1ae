import type { Database } from "./database.ts";

/** What is counted, such as `spans`; 0 where nothing was. */
export const count = (db: Database, what: string): number =>
  db.first<{ n: number }>("SELECT n FROM counts WHERE what = ?", what)?.n ?? 0;

/** Adds to what is counted and gives the new sum. */
export const addCount = (db: Database, what: string, n: number): number =>
  db.first<{ n: number }>(
    "INSERT INTO counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = n + excluded.n RETURNING n",
    what,
    n,
  )?.n ?? n;

/** Sets what is counted. */
export const setCount = (db: Database, what: string, n: number): void => {
  db.run("INSERT INTO counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = excluded.n", what, n);
};
