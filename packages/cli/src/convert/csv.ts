import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { decoded, faulty } from "./segment.ts";
import type { Segment } from "./segment.ts";

const delimiters = [",", ";", "\t"] as const;

/** Rows that are read before they are handed on. */
const portion = 500;

const longestRow = 4_000_000;

/** Whether a line says how the table is written: Excel's `sep=;`, PowerShell's `#TYPE`. */
export const isPreamble = (line: string): boolean => separator.test(line) || /^"?#TYPE /.test(line);

const separator = /^"?sep=(.|\\t)"?\s*$/i;

/** How a table begins. */
export interface TableStart {
  /** The line with the names of the columns. */
  readonly head: string;
  readonly delimiter: string;
  /** The lines before it. */
  readonly skipped: number;
}

/** How a text begins that is a table: at least two cells of its head are names of fields. */
export function tableIn(first: string, second: string, columns: ReadonlySet<string>): TableStart | undefined {
  const isSkipped = isPreamble(first);
  const head = isSkipped ? second : first;
  const said = separator.exec(first)?.[1];
  const delimiter = said === undefined ? delimiterOf(head) : said === "\\t" ? "\t" : said;
  const known = cellsOf(head, delimiter).filter((cell) => columns.has(cell));
  return known.length < 2 ? undefined : { head, delimiter, skipped: isSkipped ? 1 : 0 };
}

const cellsOf = (line: string, delimiter: string): string[] =>
  line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

const delimiterOf = (line: string): string =>
  delimiters.reduce((most, each) => (line.split(each).length > line.split(most).length ? each : most));

/** The rows of a table, each as the JSON of its cells by the names in its head. */
export async function* rowsIn(
  chunks: AsyncIterable<Buffer>,
  { head, delimiter, skipped }: TableStart,
): AsyncGenerator<readonly Segment[]> {
  // Each character stands for a byte, so that bytes that are no UTF-8 are seen and not replaced.
  const parser = parse({
    encoding: "latin1",
    delimiter,
    from_line: 1 + skipped,
    // Who puts blanks after the commas of the head puts them after all.
    trim: head.split(delimiter).some((cell, i) => i > 0 && /^[ \t]/.test(cell)) && delimiter !== "\t",
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  pipeline(Readable.from(chunks), parser, () => undefined);
  let columns: readonly string[] | undefined;
  let line = 1 + skipped;
  let segments: Segment[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      const isHead = columns === undefined;
      columns ??= record.map((cell) => (decoded(cell) ?? cell).trim());
      const fault = isHead ? columnFault(columns, line) : undefined;
      if (fault !== undefined) return void (yield [fault]);
      if (!isHead) segments.push(rowOf(record, columns, line));
      line = info.lines + 1;
      if (parser.readableLength > 0 && segments.length < portion) continue;
      yield segments;
      segments = [];
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    segments.push(faulty(line, "rows of CSV", error.code));
  }
  yield segments;
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Of two columns of one name nobody can say which is meant. */
function columnFault(columns: readonly string[], line: number): Segment | undefined {
  const twice = columns.find((column, i) => column !== "" && columns.indexOf(column) !== i);
  return twice === undefined
    ? undefined
    : faulty(line, "each column once", `the column ${JSON.stringify(twice)} twice`);
}

const isCsvError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && String(error.code).startsWith("CSV_");

function rowOf(record: readonly string[], columns: readonly string[], line: number): Segment {
  if (record.length !== columns.length) return faulty(line, `${columns.length} cells`, String(record.length));
  const cells = record.map(decoded);
  if (cells.includes(undefined)) return faulty(line, "text in UTF-8", "other bytes");
  const row = Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]));
  return { text: JSON.stringify(row), line, row };
}
