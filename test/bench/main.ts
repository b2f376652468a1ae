/**
 * `pnpm bench recorder`: what watching costs the host, per job; `pnpm bench schemas`: what reading and writing costs;
 * `pnpm bench joblog`: what keeping records costs and how long a page takes;
 * `pnpm bench bridges`: how fast bridges read histories, and with how much memory;
 * `pnpm bench start`: what the flag adds to a process at its start;
 * `pnpm bench collector`: what a Collector takes with the configurations in `collector/`.
 */
import { parseArgs } from "node:util";
import { absenceOf, startRedis } from "@jobtrail/testing";
import { build } from "../../tools/build.ts";
import { fetchKafka, kafka, startKafka } from "../collector/kafka.ts";
import { missing, otelcol } from "../collector/otelcol.ts";
import { measureBridges, tableOfBridges } from "./bridges.ts";
import { measureCollector } from "./collector.ts";
import { tablesOf } from "./collector/columns.ts";
import { measureJobLog } from "./joblog/measure.ts";
import { tableOfJobLog } from "./joblog/table.ts";
import { passages, passageLines } from "./gate.ts";
import { measure } from "./recorder.ts";
import { measureSchemas, tableOf } from "./schemas.ts";
import { isWithin, measureStart, tableOfStart } from "./start.ts";
import { table } from "./table.ts";
import { refuseWith, wholeNumberOr } from "../usage.ts";
import type { Refuse } from "../usage.ts";

const help = `pnpm bench recorder [--jobs 6000,20000] [--rounds 7] [--check]
pnpm bench schemas [--records 5000] [--rounds 9]
pnpm bench joblog [--records 1000000]
pnpm bench bridges [--records 1000000]
pnpm bench start [--rounds 15] [--check]
pnpm bench collector [--records 90000] [--per-request 500] [--rounds 5]

recorder: CPU per BullMQ job, from the first counted add to the end of the process, export included:
without telemetry, with bullmq-otel (spans alone), with telemetry written by hand with few and with Jobtrail's
attributes, with Jobtrail's flag alone, and with the flag in an app that has an SDK of its own.
Each runs in a process of its own, in turn, against a Redis and an OTLP endpoint of the bench.

schemas: records per second of one core, from text to text: parsed, read into events with their
identities, written from those, as text again. Beside it JSON.parse, zod alone with the same shape and
JSON.stringify, in the same process, in turn.

joblog: CPU per record of a job log that keeps requests of 512 records, one at a time and eight that wait, decoding
apart; beside it the same records and jobs as plain rows with the same indexes, and the job log's own rows, packed
before. 500,000 records are received on each day. Then CPU of pages, pages while a thread writes, and forgetting. The corpus
is made once and kept in .cache/bench-joblog.

bridges: records per second, CPU per record and peak memory of a backfill of each system from a server without a rate
limit, sent to a receiver that only answers; beside it the same bodies read with fetch and zod alone. Devo keeps no
history: its list of 10,000 jobs is read again and again. Each in a process of its own.

start: CPU that the flag adds to an empty process, to one that loads BullMQ, and to a child of BullMQ's for a sandboxed
processor, with the built packages; the cheapest of all rounds.

collector: CPU and memory of a Collector's process, from its start until its backend has everything, and
how fast it answers eight connections. Records of about 1 KB, then spans of about 0.5 KB, OTLP as protobuf,
through the stacks in collector/: agent, gateway, and agent to Kafka to gateway; with fsync and without;
beside a Collector that only takes and sends. Each in a process of its own, in turn. The requests are made
before; sender, backend and broker are other processes, and their CPU is not counted.

  --jobs         counted jobs per process, after 500 that are not counted; several counts make a table each
  --check        ends with 1 where Jobtrail costs more than is promised, with a quarter more for a busy machine;
                 what fails is measured up to two times more. By default with 6000 jobs
  --records      records per schema and round; of the Collector per process, and a third as many spans
  --per-request  records or spans of one request to the Collector
  --rounds       processes per variant, or passes over all records; the table shows their medians`;

const refuse: Refuse = refuseWith(help);
const wholeNumber = wholeNumberOr(refuse);

const { values, positionals } = readArgs();
const rounds = (otherwise: string): number => wholeNumber("rounds", values.rounds ?? otherwise);
const over =
  (all: number) =>
  (round: number): void =>
    console.error(`round ${round} of ${all}`);

const benches: Readonly<Record<string, () => Promise<void> | void>> = {
  recorder: benchRecorder,
  schemas: benchSchemas,
  joblog: benchJobLog,
  bridges: benchBridges,
  start: benchStart,
  collector: benchCollector,
};
const bench = Object.hasOwn(benches, positionals.join(" ")) ? benches[positionals.join(" ")] : undefined;
if (values.help === true) console.log(help);
else if (bench === undefined) refuse(`There is no bench called "${positionals.join(" ")}".`);
else await bench();

async function benchRecorder(): Promise<void> {
  const check = values.check === true;
  const counts = (values.jobs ?? (check ? "6000" : "6000,20000")).split(",").map((text) => wholeNumber("jobs", text));
  const all = rounds("7");
  // Users run what is built, so that is measured.
  build();
  await using redis = await startRedis();
  for (const jobs of counts) {
    for (let tries = check ? 3 : 1; tries > 0; tries -= 1) {
      const samples = await measure({ jobs, rounds: all, redis: redis.url, over: over(all) });
      console.log(`\nCPU per BullMQ job over ${jobs} jobs, median of ${all} interleaved rounds\n`);
      console.log(table(samples, jobs));
      if (!check) break;
      const passed = passages(samples);
      console.log(`\n${passageLines(passed)}`);
      if (passed.every((each) => each.passed)) break;
      if (tries === 1) process.exitCode = 1;
    }
  }
}

function benchSchemas(): void {
  const records = wholeNumber("records", values.records ?? "5000");
  const all = rounds("9");
  const measured = measureSchemas(records, all, over(all));
  console.log(`\nText to text on one core, ${records} records per schema, median of ${all} interleaved rounds\n`);
  console.log(tableOf(measured));
}

async function benchJobLog(): Promise<void> {
  const records = wholeNumber("records", values.records ?? "1000000");
  const measured = await measureJobLog(records);
  console.log(`\nA job log with ${records.toLocaleString("en")} records\n`);
  console.log(tableOfJobLog(measured));
}

async function benchBridges(): Promise<void> {
  const records = wholeNumber("records", values.records ?? "1000000");
  const measured = await measureBridges(records, (system) => console.error(system));
  console.log("\nA history of each system, read from a server without a rate limit\n");
  console.log(tableOfBridges(measured));
}

async function benchStart(): Promise<void> {
  const all = rounds(values.check === true ? "9" : "15");
  build();
  const check = values.check === true;
  for (let tries = check ? 3 : 1; tries > 0; tries -= 1) {
    const costs = await measureStart(all);
    console.log(`\nCPU of a process from its start to its end, the cheapest of ${all} interleaved rounds\n`);
    console.log(tableOfStart(costs));
    if (costs.every(isWithin)) return;
  }
  if (check) process.exitCode = 1;
}

async function benchCollector(): Promise<void> {
  const records = wholeNumber("records", values.records ?? "90000");
  const perRequest = wholeNumber("per-request", values["per-request"] ?? "500");
  const all = rounds("5");
  if (otelcol() === undefined) return refuse(missing);
  await fetchKafka();
  const absence = absenceOf(kafka, {});
  if (absence !== undefined) console.error(`${absence.line}\nMeasured without Kafka.`);
  await using broker = absence === undefined ? await startKafka({ partitions: 4 }) : undefined;
  const requests = { logs: Math.ceil(records / perRequest), traces: Math.ceil(records / 3 / perRequest) };
  const plan = { requests, perRequest, rounds: all, over: over(all), ...(broker && { kafka: broker.env }) };
  const measured = await measureCollector(plan);
  console.log(
    `\nA Collector's CPU over ${requests.logs * perRequest} records and ${requests.traces * perRequest} spans, ${perRequest} to a request, median of ${all} interleaved rounds\n`,
  );
  console.log(tablesOf(measured));
}

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        jobs: { type: "string" },
        records: { type: "string" },
        "per-request": { type: "string" },
        rounds: { type: "string" },
        check: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
