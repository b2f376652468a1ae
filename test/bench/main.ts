/** `pnpm bench recorder`: what watching costs the host, per job; `pnpm bench schemas`: what reading and writing costs. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRedis } from "@jobtrail/testing";
import { run } from "../../tools/command.ts";
import { root } from "../../tools/workspace.ts";
import { measure } from "./recorder.ts";
import { measureSchemas, tableOf } from "./schemas.ts";
import { table } from "./table.ts";

const help = `pnpm bench recorder [--jobs 20000] [--rounds 7]
pnpm bench schemas [--records 5000] [--rounds 9]

recorder: CPU per BullMQ job, from the first counted add to the end of the process, export included:
without telemetry, with bullmq-otel, with the same telemetry written by hand, with Jobtrail.
Each runs in a process of its own, in turn, against a Redis and an OTLP endpoint of the bench.

schemas: records per second of one core, from text to text: parsed, read into events with their
identities, written from those, as text again. Beside it JSON.parse, zod alone with the same shape and
JSON.stringify, in the same process, in turn.

  --jobs     counted jobs per process, after 500 that are not counted
  --records  records per schema and round
  --rounds   processes per variant, or passes over all records; the table shows their medians`;

const { values, positionals } = readArgs();
const rounds = (otherwise: string): number => wholeNumber("rounds", values.rounds ?? otherwise);
const over =
  (all: number) =>
  (round: number): void =>
    console.error(`round ${round} of ${all}`);

const benches: Readonly<Record<string, () => Promise<void> | void>> = {
  recorder: benchRecorder,
  schemas: benchSchemas,
};
const bench = Object.hasOwn(benches, positionals.join(" ")) ? benches[positionals.join(" ")] : undefined;
if (values.help === true) console.log(help);
else if (bench === undefined) refuse(`There is no bench called "${positionals.join(" ")}".`);
else await bench();

async function benchRecorder(): Promise<void> {
  const jobs = wholeNumber("jobs", values.jobs ?? "20000");
  const all = rounds("7");
  // Users run what is built, so that is measured.
  run(join(root, "node_modules/.bin/tsc"), ["-b", "packages/register"]);
  await using redis = await startRedis();
  const samples = await measure({ jobs, rounds: all, redis: redis.url, over: over(all) });
  console.log(`\nCPU per BullMQ job over ${jobs} jobs, median of ${all} interleaved rounds\n`);
  console.log(table(samples, jobs));
}

function benchSchemas(): void {
  const records = wholeNumber("records", values.records ?? "5000");
  const all = rounds("9");
  const measured = measureSchemas(records, all, over(all));
  console.log(`\nText to text on one core, ${records} records per schema, median of ${all} interleaved rounds\n`);
  console.log(tableOf(measured));
}

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        jobs: { type: "string" },
        records: { type: "string" },
        rounds: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  return /^[1-9]\d*$/.test(text) ? Number(text) : refuse(`--${name} is "${text}"; expected a whole number from 1.`);
}

function refuse(reason: string): never {
  console.error(`${reason}\n\n${help}`);
  process.exit(2);
}
