import { stringify } from "csv-stringify/sync";
import { failure, reasonOf } from "../errors.ts";
import type { Host } from "./host.ts";
import type { Written } from "./target.ts";
import { temporary } from "./temporary.ts";

type Stream = Host["stdout"];

/** Takes what was written, record by record. */
export interface Output extends Disposable {
  put(written: Written): void;
  /** Hands on what it has taken. Nothing more may be put before that is done. */
  flush(): Promise<void>;
  /** Writes what waited for the end. */
  finish(): Promise<void>;
}

/** How much of a table is written at a time, in characters. */
const portion = 65_536;

/** A line for each record, on a stream that may be slower than what is written. */
export function lines(stream: Stream): Output {
  let waiting: string[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const text = `${waiting.join("\n")}\n`;
    waiting = [];
    await put(stream, text);
  };
  return { put: ({ text }) => void waiting.push(text), flush, finish: flush, [Symbol.dispose]: () => undefined };
}

/**
 * A table of records. Its head has all their keys, so that it is written when all of them are known. CSV has no null:
 * a cell is empty for it, as where the key is absent.
 */
export function table(stream: Stream): Output {
  const db = temporary();
  db.exec("CREATE TABLE rows (cells TEXT NOT NULL); BEGIN;");
  const add = db.prepare("INSERT INTO rows VALUES (?)");
  const columns = new Set<string>();
  return {
    put({ record = {} }) {
      const cells = new Map(Object.entries(record).map(([key, value]) => [key, cellOf(value)]));
      for (const key of cells.keys()) columns.add(key);
      add.run(JSON.stringify([...cells]));
    },
    flush: async () => undefined,
    async finish() {
      const names = [...columns];
      if (names.length === 0) return;
      let text = stringify([names]);
      for (const row of db.prepare("SELECT cells FROM rows").iterate() as Iterable<{ cells: string }>) {
        const cells = new Map(JSON.parse(row.cells) as [string, string][]);
        text += stringify([names.map((name) => cells.get(name) ?? "")]);
        if (text.length < portion) continue;
        await put(stream, text);
        text = "";
      }
      await put(stream, text);
    },
    [Symbol.dispose]: () => db.close(),
  };
}

/** The text of a cell: of a list or an object its JSON, of a number all its digits. */
const cellOf = (value: unknown): string =>
  typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);

/** Waits until the text is written, so that neither it nor word of it piles up. */
const put = (stream: Stream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error === null || error === undefined ? resolve() : reject(outputError(error))));
  });

/** Whoever reads the output has enough of it. */
export class ClosedError extends Error {
  constructor(options: ErrorOptions) {
    super("The output was closed.", options);
    this.name = "ClosedError";
  }
}

const outputError = (cause: Error): Error =>
  "code" in cause && cause.code === "EPIPE"
    ? new ClosedError({ cause })
    : failure("JOBTRAIL_OUTPUT_UNWRITABLE", { reason: reasonOf(cause) }, { cause });
