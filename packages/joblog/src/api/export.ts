import type { Context } from "hono";
import type { JobStore } from "../contract.ts";
import { asJson } from "../entry.ts";
import { isWrong } from "../query/search.ts";
import type { Cursor, JobQuery } from "../query/query.ts";
import type { Readers } from "../stream.ts";
import type { JobRow, Party } from "../view.ts";
import { full, questionIn, refused, searchOf, wrongParameter } from "./answer.ts";

/** In which forms jobs are exported. */
export const formats = ["ndjson", "csv"] as const;
type Format = (typeof formats)[number];

const types: Readonly<Record<Format, string>> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

/** Jobs of one portion. */
const portion = 500;

/** All jobs that an address asks for, most recent first, in a stream that is as fast as its reader. */
export function exportJobs(c: Context, store: JobStore, exports: Readers): Response {
  const asked = searchOf(c).getAll("format");
  const format = asked.length === 0 ? "ndjson" : formats.find((each) => asked.length === 1 && each === asked[0]);
  if (format === undefined) return refused(c, 400, wrongParameter("format", formats.join(", "), asked.join(", ")));
  const query = questionIn(c, ["format"]);
  if (isWrong(query)) return refused(c, 400, query);
  const leave = exports.enter();
  if (leave === undefined) return full(c, "JOBTRAIL_EXPORTS_FULL", exports.limit);
  return c.body(streamOf(textOf(store, query, format), leave), 200, {
    "content-type": types[format],
    "content-disposition": `attachment; filename="jobs.${format}"`,
    "cache-control": "no-store",
  });
}

function streamOf(texts: AsyncGenerator<string>, end: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await texts.next();
        if (next.done !== true) return controller.enqueue(encoder.encode(next.value));
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel() {
      end();
      await texts.return(undefined);
    },
  });
}

async function* textOf(store: JobStore, query: JobQuery, format: Format): AsyncGenerator<string> {
  if (format === "csv") yield `${columns.map(([name]) => name).join(",")}\r\n`;
  const line = lines[format];
  for (let before: Cursor | undefined; ;) {
    const { jobs, older } = await store.jobs(query, { limit: portion, ...(before && { before }) });
    if (jobs.length > 0) yield jobs.map(line).join("");
    if (older === undefined) return;
    before = older;
  }
}

type Column = readonly [name: string, value: (job: JobRow) => string | number | undefined];

const party = (of: Party | undefined): string | undefined => of?.id ?? of?.name ?? of?.type;

const columns: readonly Column[] = [
  ["uid", ({ uid }) => uid],
  ["id", ({ id }) => id],
  ["system", ({ system }) => system],
  ["namespace", ({ namespace }) => namespace],
  ["queue", ({ queue }) => queue],
  ["name", ({ name }) => name],
  ["schedule", ({ schedule }) => schedule],
  ["state", ({ state }) => state],
  ["result", ({ result }) => result],
  ["trigger", ({ trigger }) => trigger],
  ["actor", ({ actor }) => party(actor)],
  ["scope", ({ scope }) => party(scope)],
  ["tenant", ({ tenant }) => tenant],
  ["first", ({ first }) => first],
  ["queued", ({ queued }) => queued],
  ["started", ({ started }) => started],
  ["ended", ({ ended }) => ended],
  ["last", ({ last }) => last],
  ["duration", ({ duration }) => duration],
  ["runs", ({ counts }) => counts.runs],
  ["retries", ({ counts }) => counts.retries],
  ["lost", ({ counts }) => counts.lost],
  ["error", ({ error }) => error?.type],
  ["message", ({ error }) => error?.message],
];

const lines: Readonly<Record<Format, (job: JobRow) => string>> = {
  ndjson: (job) => `${asJson(job)}\n`,
  csv: (job) => `${columns.map(([, value]) => cell(value(job))).join(",")}\r\n`,
};

/** A text that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
