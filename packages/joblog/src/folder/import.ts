import { isRefusal, now } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { makeFolder } from "../store/folder.ts";
import { openStore } from "../store.ts";

/** What became of the lines that were read. */
export interface Imported {
  readonly stored: number;
  /** Records that had been there already. */
  readonly duplicates: number;
  /** Records that cannot be kept, and lines that are no request. */
  readonly refused: number;
  /** Why the first of them was. */
  readonly reason?: Refusal;
}

/**
 * Keeps requests of OTLP logs in JSON, one a line, as if they arrived now. A record that is there already is not kept
 * again, so that an import that was interrupted can be repeated.
 * @throws StoreError where a job log runs on the folder, or it cannot be written.
 */
export async function importInto(
  folder: string,
  lines: AsyncIterable<string>,
  progress?: (sofar: Imported) => void,
): Promise<Imported> {
  makeFolder(folder);
  const store = await openStore({ data: folder });
  let sum: Imported = { stored: 0, duplicates: 0, refused: 0 };
  try {
    for await (const line of lines) {
      if (line.trim() === "") continue;
      const done = await store.append({ signal: "logs", encoding: "json", body: Buffer.from(line), received: now() });
      sum = added(sum, done);
      progress?.(sum);
    }
    return sum;
  } finally {
    await store.close();
  }
}

function added(sum: Imported, done: Awaited<ReturnType<Awaited<ReturnType<typeof openStore>>["append"]>>): Imported {
  if (isRefusal(done)) return { ...sum, refused: sum.refused + 1, reason: sum.reason ?? done };
  const reason = sum.reason ?? done.refused[0]?.reason;
  return {
    stored: sum.stored + done.stored,
    duplicates: sum.duplicates + done.duplicates,
    refused: sum.refused + done.refused.length,
    ...(reason !== undefined && { reason }),
  };
}
