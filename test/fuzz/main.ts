/** `pnpm fuzz schemas`: whether bad records are read or refused, and nothing else. */
import { parseArgs } from "node:util";
import { fuzz } from "../../packages/schemas/test/fuzz.ts";
import { table } from "./table.ts";
import { refuseWith, wholeNumberOr } from "../usage.ts";
import type { Refuse } from "../usage.ts";

const help = `pnpm fuzz schemas [--records 1000000] [--seed n]

Mutated records of every form of every schema: fields dropped, of another type, nested too deep, huge
numbers, dates that there are not, __proto__, lone surrogates, broken text and encodings. Each is read as
it is and written again as it was, or refused with its path; else this ends with 1 and the record.

  --records  so many in all, the same number for each schema
  --seed     begins at this number instead of the clock's; a run with the same seed is the same`;

const refuse: Refuse = refuseWith(help);
const wholeNumber = wholeNumberOr(refuse);

const { values, positionals } = readArgs();
if (values.help === true) console.log(help);
else if (positionals.join(" ") !== "schemas") refuse(`There is no fuzz called "${positionals.join(" ")}".`);
else {
  const records = wholeNumber("records", values.records ?? "1000000");
  const seed = wholeNumber("seed", values.seed ?? String(Date.now() % 1_000_000_000));
  const start = performance.now();
  let told = 0;
  const fuzzed = fuzz(records, seed, (done) => {
    if (done - told < 100_000) return;
    told = done;
    console.error(`${done.toLocaleString("en")} of ${records.toLocaleString("en")}`);
  });
  const all = fuzzed.reduce((sum, { read, refused }) => sum + read + refused, 0);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`${all.toLocaleString("en")} mutated records in ${seconds} s, seed ${seed}: each was read or refused\n`);
  console.log(table(fuzzed));
}

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { records: { type: "string" }, seed: { type: "string" }, help: { type: "boolean" } },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
