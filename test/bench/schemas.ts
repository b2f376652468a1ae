import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isRefusal } from "@jobtrail/core/event";
import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { root } from "../../tools/workspace.ts";
import { lines } from "./lines.ts";
import { median } from "./table.ts";

/** CPU of one pass over all records of a schema, in microseconds per record. */
export interface Pass {
  /** Parsed, read into events, written from them, as text again. */
  readonly ours: number;
  /** `JSON.parse`, the shape of the same form alone, `JSON.stringify`. */
  readonly bare: number;
}

/** The passes of one schema. */
export interface Measured {
  readonly name: string;
  /** The mean length of a record, in characters. */
  readonly size: number;
  readonly passes: readonly Pass[];
}

/** Rounds in which V8 compiles what the others run: it goes on doing so for some ten thousands of records. */
const warmUp = 7;

/** Measures all schemas, each once per round, one after the other, so that a slow moment meets all alike. */
export function measureSchemas(
  records: number,
  rounds: number,
  over: (round: number) => void = () => undefined,
): readonly Measured[] {
  const all = Object.values(schemas).map((schema) => ({
    schema,
    lines: linesOf(schema, records),
    passes: [] as Pass[],
  }));
  for (let round = -warmUp; round < rounds; round++) {
    for (const { schema, lines, passes } of all) {
      const isOursFirst = round % 2 === 0;
      const first = isOursFirst ? undefined : cpuOf(() => passBare(lines));
      const ours = cpuOf(() => passOurs(schema, lines));
      const bare = first ?? cpuOf(() => passBare(lines));
      if (round >= 0) passes.push({ ours: ours / lines.length, bare: bare / lines.length });
    }
    if (round >= 0) over(round + 1);
  }
  return all.map(({ schema, lines, passes }) => ({
    name: schema.name,
    size: lines.reduce((sum, { text }) => sum + text.length, 0) / lines.length,
    passes,
  }));
}

interface Line {
  readonly text: string;
  readonly shape: Schema<object>["forms"][number]["shape"];
}

/**
 * Records of a schema as text: its samples again and again, each with ids and times of its own, for equal texts
 * would be remembered. Left out are those whose fields lie in a text, which no bare shape looks at.
 */
function linesOf(schema: Schema<object>, count: number): readonly Line[] {
  const samples = samplesOf(schema);
  return Array.from({ length: count }, (_, i) => {
    const { text, shape } = samples[i % samples.length] as Line;
    return { text: varied(text, i), shape };
  });
}

function samplesOf(schema: Schema<object>): readonly Line[] {
  const files = globSync(`packages/schemas/test/samples/${schema.name}/*.json`, { cwd: root }).sort();
  return files.flatMap((file) => {
    const answer = schema.list(readFileSync(join(root, file), "utf8"), { lenient: true });
    if (isRefusal(answer)) throw new Error(`${file}: ${answer.path} is ${answer.found}; expected ${answer.expected}.`);
    return answer.flatMap((json) => {
      const form = schema.forms.find((each) => each.is(json as never));
      const text = JSON.stringify(json);
      return form === undefined || form.packed !== undefined || isRefusal(schema.parse(text))
        ? []
        : [{ text, shape: form.shape }];
    });
  });
}

/**
 * The same with another id in the place of each UUID and each id of 24 hex digits, and at another time: two times of
 * a record stay as far from each other as they are.
 */
const varied = (text: string, i: number): string =>
  text
    .replaceAll(/\b[\da-f]{8}(?=-[\da-f]{4}-)|\b[\da-f]{8}(?=[\da-f]{16}\b)/g, (id) =>
      ((Number.parseInt(id, 16) + i * 7919) >>> 0).toString(16).padStart(8, "0"),
    )
    .replaceAll(/(?<=\d{4}-\d\d-)\d\d(?=T)/g, String((i % 28) + 1).padStart(2, "0"))
    .replaceAll(/\b1\d{12}\b/g, (millis) => String(Number(millis) + i * 61_007));

const seen: HrTime = [1_790_000_000, 0];

function passOurs(schema: Schema<object>, lines: readonly Line[]): number {
  let size = 0;
  for (const { text } of lines) {
    const record = schema.parse(text);
    if (isRefusal(record)) throw new Error(`${schema.name}: ${record.path} is ${record.found}`);
    const written = schema.write(schema.read(record, seen));
    if (isRefusal(written)) throw new Error(`${schema.name}: ${written.path} is ${written.found}`);
    size += JSON.stringify(written[0]).length;
  }
  return size;
}

function passBare(lines: readonly Line[]): number {
  let size = 0;
  for (const { text, shape } of lines) size += JSON.stringify(shape.parse(JSON.parse(text))).length;
  return size;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (how: { readonly type: "minor" }) => void;

/** CPU of this process during some work, all of its threads included, in microseconds. */
function cpuOf(work: () => number): number {
  // What one leaves behind must not be cleared away at the cost of the next.
  collect({ type: "minor" });
  const before = process.cpuUsage();
  if (work() === 0) throw new Error("There are no records.");
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The measured as a table for people: medians, and how many times the bare pass ours costs. */
export const tableOf = (measured: readonly Measured[]): string =>
  lines([
    ["", "characters", "records/s", "µs", "range", "bare: records/s", "µs", "ratio"],
    ...measured.map(({ name, size, passes }) => {
      const ours = median(passes, (pass) => pass.ours);
      const bare = median(passes, (pass) => pass.bare);
      const all = passes.map((pass) => pass.ours.toFixed(1));
      return [
        name,
        size.toFixed(0),
        perSecond(ours),
        ours.toFixed(1),
        `${Math.min(...all.map(Number))}–${Math.max(...all.map(Number))}`,
        perSecond(bare),
        bare.toFixed(1),
        median(passes, (pass) => pass.ours / pass.bare).toFixed(2),
      ];
    }),
  ]);

const perSecond = (us: number): string => Math.round(1e6 / us).toLocaleString("en");
