import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { failure } from "../errors.ts";
import type { Conversion } from "./conversion.ts";
import type { ResultWriter } from "./result-writer.ts";
import { eventReader, otlpReader } from "./event.ts";
import { segmentsIn } from "./input.ts";
import type { Input } from "./input.ts";
import type { Segment } from "./segment.ts";
import { rejected } from "./reader.ts";
import type { Reader } from "./reader.ts";
import { errorReader, isEnough, itemsIn, recognised } from "./recognise.ts";
import { recordReader } from "./record.ts";
import { titleOf } from "./rejects.ts";
import { columnsOf } from "./table.ts";

/**
 * Reads all of an input onto a writer.
 * @throws CatalogueError where it cannot be read, or nobody can make sense of it.
 */
export async function readInput(
  input: Input,
  conversion: Conversion,
  seen: HrTime,
  writer: ResultWriter,
): Promise<void> {
  const reading = new SegmentReader(input, conversion, seen, writer);
  let line = 1;
  try {
    for await (const segments of segmentsIn(input, conversion.host.stdin, columnNames, writer.onBytes)) {
      line = segments.at(-1)?.line ?? line;
      await reading.take(segments);
    }
  } catch (error) {
    if (!isOfGzip(error)) throw error;
    const reason = { refused: true, path: "input", expected: "gzip", found: error.message } as const;
    writer.put(rejected(reason), { input: input.name, line });
  }
  await reading.end();
}

/** Reads the segments of an input, which wait for each other until it is known what they are. */
class SegmentReader {
  readonly #input: Input;
  readonly #conversion: Conversion;
  readonly #seen: HrTime;
  readonly #writer: ResultWriter;
  #reader: Reader | undefined;
  #waiting: Segment[] = [];

  constructor(input: Input, conversion: Conversion, seen: HrTime, writer: ResultWriter) {
    this.#input = input;
    this.#conversion = conversion;
    this.#seen = seen;
    this.#writer = writer;
    this.#reader = readerOf(conversion, seen);
  }

  async take(segments: readonly Segment[]): Promise<void> {
    if (this.#reader !== undefined) return this.#read(segments, this.#reader);
    this.#waiting.push(...segments);
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
    if (found !== errorReader) this.#writer.recognise(found.name);
    await this.#read(this.#waiting, found);
    this.#waiting = [];
  }

  async #read(segments: readonly Segment[], reader: Reader): Promise<void> {
    for (const segment of segments)
      for (const item of itemsIn(segment, reader))
        this.#writer.put(item, { input: this.#input.name, line: segment.line });
    await this.#writer.flush();
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
