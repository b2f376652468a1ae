import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { failure } from "../errors.ts";
import type { Conversion } from "./conversion.ts";
import type { Desk } from "./desk.ts";
import { eventReader, otlpReader } from "./event.ts";
import { piecesIn } from "./input.ts";
import type { Input } from "./input.ts";
import type { Piece } from "./piece.ts";
import { rejected } from "./reader.ts";
import type { Reader } from "./reader.ts";
import { errorReader, isEnough, itemsIn, recognised } from "./recognise.ts";
import { recordReader } from "./record.ts";
import { titleOf } from "./reject.ts";
import { columnsOf } from "./table.ts";

/**
 * Reads all of an input onto a desk.
 * @throws CatalogueError where it cannot be read, or nobody can make sense of it.
 */
export async function readInput(input: Input, conversion: Conversion, seen: HrTime, desk: Desk): Promise<void> {
  const reading = new Pieces(input, conversion, seen, desk);
  let line = 1;
  try {
    for await (const pieces of piecesIn(input, conversion.host.stdin, columnNames, desk.hear)) {
      line = pieces.at(-1)?.line ?? line;
      await reading.take(pieces);
    }
  } catch (error) {
    if (!isOfGzip(error)) throw error;
    const reason = { refused: true, path: "input", expected: "gzip", found: error.message } as const;
    desk.put(rejected(reason), { input: input.name, line });
  }
  await reading.end();
}

/** Reads the pieces of an input, which wait for each other until it is known what they are. */
class Pieces {
  readonly #input: Input;
  readonly #conversion: Conversion;
  readonly #seen: HrTime;
  readonly #desk: Desk;
  #reader: Reader | undefined;
  #waiting: Piece[] = [];

  constructor(input: Input, conversion: Conversion, seen: HrTime, desk: Desk) {
    this.#input = input;
    this.#conversion = conversion;
    this.#seen = seen;
    this.#desk = desk;
    this.#reader = readerOf(conversion, seen);
  }

  async take(pieces: readonly Piece[]): Promise<void> {
    if (this.#reader !== undefined) return this.#read(pieces, this.#reader);
    this.#waiting.push(...pieces);
    if (isEnough(this.#waiting)) await this.#recognise();
  }

  /** An input that holds nothing is of any schema. */
  async end(): Promise<void> {
    if (this.#reader === undefined && this.#waiting.length > 0) await this.#recognise();
  }

  async #recognise(): Promise<void> {
    const found = recognised(this.#waiting, this.#conversion.reading, this.#seen);
    if (typeof found === "string")
      throw failure("JOBTRAIL_INPUT_UNKNOWN", { name: titleOf(this.#input.name), reason: found });
    this.#reader = found;
    if (found !== errorReader) this.#desk.recognise(found.name);
    await this.#read(this.#waiting, found);
    this.#waiting = [];
  }

  async #read(pieces: readonly Piece[], reader: Reader): Promise<void> {
    for (const piece of pieces)
      for (const item of itemsIn(piece, reader)) this.#desk.put(item, { input: this.#input.name, line: piece.line });
    await this.#desk.flush();
  }
}

const plainReaders: Readonly<Record<string, Reader>> = { events: eventReader, otlp: otlpReader };

/** The reader of what is said to be read; what is no schema was refused when the command was read. */
const readerOf = ({ from, reading }: Conversion, seen: HrTime): Reader | undefined =>
  from === "auto" ? undefined : (plainReaders[from] ?? recordReader(schemas[from] as Schema<object>, reading, seen));

const columnNames: ReadonlySet<string> = new Set([
  ...Object.values(schemas).flatMap(columnsOf),
  "name",
  "time",
  "seen",
  "attributes",
  "own",
  "error",
  "span",
]);

const isOfGzip = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
