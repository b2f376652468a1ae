/**
 * `pnpm fuzz schemas`: whether bad records are read or refused, and nothing else.
 * `pnpm fuzz joblog`: whether a job log answers every request in time, and none with 5xx.
 * `pnpm fuzz api`: whether its API answers as its OpenAPI document says.
 */
import { parseArgs } from "node:util";
import { fuzz } from "../../packages/schemas/test/fuzz.ts";
import { fuzzFromDocument } from "./api.ts";
import { fuzzJobLog } from "./joblog.ts";
import { table } from "./table.ts";
import { refuseWith, wholeNumberOr } from "../usage.ts";
import type { Refuse } from "../usage.ts";

const help = `pnpm fuzz schemas [--records 1000000] [--seed n]
pnpm fuzz joblog [--requests 20000] [--seed n]
pnpm fuzz api [--seconds 60] [--seed n]

Mutated records of every form of every schema: fields dropped, of another type, nested too deep, huge
numbers, dates that there are not, __proto__, lone surrogates, broken text and encodings. Each is read as
it is and written again as it was, or refused with its path; else this ends with 1 and the record.

joblog: requests of every form to a job log with its data on disk: hostile texts in every parameter and path,
spoiled protobuf, JSON of any form, every method and encoding. Ends with 1 where one is answered with 5xx or later
than in 2 s, or the job log is not ready afterwards.

api: requests that schemathesis makes from /openapi.json, and others that break it, to a job log with its data on disk.
Ends with 1 where an answer is not as the document says, is 5xx, or comes later than in 2 s. .ci/run installs it:
python3 -m venv .cache/schemathesis && .cache/schemathesis/bin/pip install schemathesis==4.32.5

  --seconds  how long; an hour is 3600
  --records  so many in all, the same number for each schema
  --seed     begins at this number instead of the clock's; a run with the same seed is the same`;

const refuse: Refuse = refuseWith(help);
const wholeNumber = wholeNumberOr(refuse);

const { values, positionals } = readArgs();
const seed = (): number => wholeNumber("seed", values.seed ?? String(Date.now() % 1_000_000_000));
const fuzzes: Readonly<Record<string, () => Promise<void> | void>> = {
  schemas: fuzzSchemas,
  joblog: fuzzRequests,
  api: fuzzApi,
};
const chosen = positionals.join(" ");
if (values.help === true) console.log(help);
else if (!Object.hasOwn(fuzzes, chosen)) refuse(`There is no fuzz called "${chosen}".`);
else await fuzzes[chosen]?.();

function fuzzSchemas(): void {
  const records = wholeNumber("records", values.records ?? "1000000");
  const from = seed();
  const start = performance.now();
  const fuzzed = fuzz(records, from, progress(100_000, records));
  const all = fuzzed.reduce((sum, { read, refused }) => sum + read + refused, 0);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`${all.toLocaleString("en")} mutated records in ${seconds} s, seed ${from}: each was read or refused\n`);
  console.log(table(fuzzed));
}

async function fuzzRequests(): Promise<void> {
  const requests = wholeNumber("requests", values.requests ?? "20000");
  const from = seed();
  const start = performance.now();
  const { statuses, slowest, slowestPath } = await fuzzJobLog(requests, from, progress(5000, requests));
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `${requests.toLocaleString("en")} requests in ${seconds} s, seed ${from}: each was answered, none with 5xx`,
  );
  for (const [status, count] of [...statuses].toSorted(([a], [b]) => a - b))
    console.log(`  ${status}  ${count.toLocaleString("en")}`);
  console.log(`The slowest took ${Math.round(slowest)} ms: ${slowestPath}`);
}

async function fuzzApi(): Promise<void> {
  const { summary, isGood } = await fuzzFromDocument(wholeNumber("seconds", values.seconds ?? "60"), seed());
  console.log(summary);
  if (!isGood) process.exitCode = 1;
}

/** Says how far it has come, every so often. */
function progress(every: number, all: number): (done: number) => void {
  let last = 0;
  return (done) => {
    if (done - last < every) return;
    last = done;
    console.error(`${done.toLocaleString("en")} of ${all.toLocaleString("en")}`);
  };
}

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        records: { type: "string" },
        requests: { type: "string" },
        seconds: { type: "string" },
        seed: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
