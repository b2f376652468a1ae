import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { decoded, faulty } from "./piece.ts";
import type { Piece } from "./piece.ts";

const delimiters = [",", ";", "\t"] as const;

/** Rows that are read before they are handed on. */
const portion = 500;

const longestRow = 4_000_000;

/** Whether a line is the head of a table: at least two of its cells are names of fields. */
export function isTable(line: string, columns: ReadonlySet<string>): boolean {
  return cellsOf(line, delimiterOf(line)).filter((cell) => columns.has(cell)).length >= 2;
}

const cellsOf = (line: string, delimiter: string): string[] =>
  line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

const delimiterOf = (line: string): string =>
  delimiters.reduce((most, each) => (line.split(each).length > line.split(most).length ? each : most));

/** The rows of a table, each as the JSON of its cells by the names in the first line. */
export async function* rowsIn(chunks: AsyncIterable<Buffer>, head: string): AsyncGenerator<readonly Piece[]> {
  // Each character stands for a byte, so that bytes that are no UTF-8 are seen and not replaced.
  const parser = parse({
    encoding: "latin1",
    delimiter: delimiterOf(head),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  pipeline(Readable.from(chunks), parser, () => undefined);
  let columns: readonly string[] | undefined;
  let line = 1;
  let pieces: Piece[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      if (columns === undefined) columns = record.map((cell) => decoded(cell) ?? cell);
      else pieces.push(rowOf(record, columns, line));
      line = info.lines + 1;
      if (parser.readableLength > 0 && pieces.length < portion) continue;
      yield pieces;
      pieces = [];
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    pieces.push(faulty(line, "rows of CSV", error.code));
  }
  yield pieces;
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

const isCsvError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && String(error.code).startsWith("CSV_");

function rowOf(record: readonly string[], columns: readonly string[], line: number): Piece {
  if (record.length !== columns.length) return faulty(line, `${columns.length} cells`, String(record.length));
  const cells = record.map(decoded);
  if (cells.includes(undefined)) return faulty(line, "text in UTF-8", "other bytes");
  const row = Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]));
  return { text: JSON.stringify(row), line, row };
}
