import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { auditLog } from "./audit.ts";
import type { AuditRecord } from "./audit.ts";

/** The text of an audit log, a line for each record. */
const forms: Readonly<
  Record<"ndjson" | "csv", { readonly head: string; readonly lineOf: (record: AuditRecord) => string }>
> = {
  ndjson: { head: "", lineOf: ({ columns }) => `${JSON.stringify(columns)}\n` },
  csv: {
    head: "Id,TimeGenerated [UTC],EntityType,PlType,Version,Details\n",
    lineOf: ({ columns }) => `${Object.values(columns).map(cellOf).join(",")}\n`,
  },
};

/** So much is handed on at a time, in characters. */
const portion = 65_536;

/** How many records an audit log has, in a file of its own. */
export interface Log {
  readonly path: string;
  /** Before it was packed. */
  readonly bytes: number;
  readonly jobs: number;
  readonly records: number;
  /** Records that are not about a job. */
  readonly others: number;
}

/** Writes an audit log of so many jobs to a file; packed where its name ends with `.gz`. */
export async function writeLog(path: string, jobs: number): Promise<Log> {
  const { head, lineOf } = forms[path.includes(".csv") ? "csv" : "ndjson"];
  let [bytes, records, others] = [0, 0, 0];
  function* texts(): Generator<string> {
    let text = head;
    for (const record of auditLog(jobs)) {
      if (record.isOfJob) records += 1;
      else others += 1;
      text += lineOf(record);
      if (text.length < portion) continue;
      bytes += Buffer.byteLength(text);
      yield text;
      text = "";
    }
    bytes += Buffer.byteLength(text);
    yield text;
  }
  const file = createWriteStream(path);
  if (path.endsWith(".gz")) await pipeline(Readable.from(texts()), createGzip({ level: 1 }), file);
  else await pipeline(Readable.from(texts()), file);
  return { path, bytes, jobs, records, others };
}

function cellOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
