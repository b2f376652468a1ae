import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { measured } from "./measure.ts";
import type { Measured } from "./measure.ts";
import { writeLog } from "./write.ts";
import type { Log } from "./write.ts";

/** What a conversion may have of memory, in bytes. */
export const limitBytes = 200_000_000;

/** A conversion that was measured. */
export interface Proof extends Measured {
  readonly name: string;
  readonly input: Input;
}

/** What a conversion reads: an audit log, or what another conversion made of one. */
interface Input extends Log {
  readonly from: string;
}

/** The size of an audit record as JSON, with its share of records that are not about a job. */
const recordBytes = 480;

/** How many times as long the same records are as events, and as OTLP. */
const times = { events: 2.65, otlp: 5.6 };

/** Converts inputs of about so many bytes, in each way that the command has of going about it. */
export async function* proofs(bytes: number, folder: string): AsyncGenerator<Proof> {
  const path = (name: string): string => join(folder, name);
  const log = async (name: string, part = 1): Promise<Input> => ({
    ...(await writeLog(path(name), Math.ceil(bytes / part / recordBytes / 2))),
    from: "product-live",
  });
  // This process strips the types of the sources; what it gives is kept for the others.
  await measured(["--from", "product-live", (await writeLog(path("first.ndjson"), 1)).path]);

  const lines = await log("audit.ndjson");
  yield await proof(["product-live", "records"], lines, lines.records);
  yield await proof(["qlik", "whole jobs"], lines, lines.jobs);
  rmSync(lines.path);

  const rows = await log("audit.csv.gz");
  yield await proof(["product-live", "records in CSV, packed"], rows, rows.records);
  yield await proof(["product-live", "records in CSV, packed, to CSV"], rows, rows.records, {
    more: ["--format", "csv"],
  });
  rmSync(rows.path);

  const few = await log("few.ndjson", times.events);
  const events = made(few, "events", path("events.ndjson"));
  yield await proof(["events", "records"], few, eventsOf(few), { output: events.path });
  yield await proof(["harperdb", "whole jobs"], { ...events, bytes: statSync(events.path).size }, few.jobs);
  rmSync(events.path);

  const fewer = await log("fewer.ndjson", times.otlp);
  const otlp = made(fewer, "otlp", path("otlp.ndjson"));
  yield await proof(["otlp", "records"], fewer, eventsOf(fewer), { output: otlp.path });
  yield await proof(["product-live", "records"], { ...otlp, bytes: statSync(otlp.path).size }, fewer.records);
}

/** An ended job has three events: queued, started and ended. */
const eventsOf = ({ jobs }: Log): number => jobs * 3;

/** The output for an input, without records that are not about a job. */
const made = ({ jobs, records }: Log, from: string, path: string): Input => ({
  path,
  from,
  bytes: 0,
  jobs,
  records,
  others: 0,
});

interface How {
  readonly more?: readonly string[];
  /** The file of what is written. */
  readonly output?: string;
}

/** @throws Error where not all that the input holds was written. */
async function proof(
  [to, what]: readonly [to: string, what: string],
  input: Input,
  expected: number,
  { more = [], output }: How = {},
): Promise<Proof> {
  const name = `${input.from} to ${to}, ${what}`;
  const done = await measured(["--from", input.from, "--to", to, ...more, input.path], output);
  if (done.written !== expected || done.others !== input.others)
    throw new Error(
      `${name}: wrote ${done.written} and passed over ${done.others}; expected ${expected} and ${input.others}.`,
    );
  return { ...done, name, input };
}
