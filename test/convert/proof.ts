/** `pnpm proof:convert`: how much memory `jobtrail convert` takes, however long its input is. */
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lines } from "../bench/lines.ts";
import { limitBytes, proofs } from "./cases.ts";
import type { Proof } from "./cases.ts";
import { refuseWith, wholeNumberOr } from "../usage.ts";
import type { Refuse } from "../usage.ts";

const help = `pnpm proof:convert [--bytes 1000000000]

Makes audit logs of Product-Live, and of these events and OTLP, converts them in each way, and says how long
that took and how much memory it had at most. Ends with 1 where that is more than ${limitBytes / 1e6} MB, or where a record
is missing. The files are in the folder for temporary files, some three times as long as what is converted.

  --bytes  how long the longest inputs are`;

const refuse: Refuse = refuseWith(help);
const wholeNumber = wholeNumberOr(refuse);

const { values } = readArgs();
if (values.help === true) console.log(help);
else {
  const bytes = wholeNumber("bytes", values.bytes);
  using folder = mkdtempDisposableSync(join(tmpdir(), "jobtrail-convert-"));
  const all: Proof[] = [];
  for await (const proof of proofs(bytes, folder.path)) {
    all.push(proof);
    console.error(proof.name);
  }
  console.log(table(all));
  const over = all.filter(({ peakBytes }) => peakBytes >= limitBytes);
  if (over.length > 0) {
    console.log(`\nMore than ${limitBytes / 1e6} MB: ${over.map(({ name }) => name).join("; ")}`);
    process.exitCode = 1;
  }
}

function table(all: readonly Proof[]): string {
  return lines([
    ["", "MB in", "records in", "written", "s", "records/s", "peak MB"],
    ...all.map(({ name, input, seconds, written, peakBytes }) => [
      name,
      number(input.bytes / 1e6),
      number(input.records + input.others),
      number(written),
      seconds.toFixed(1),
      number((input.records + input.others) / seconds),
      number(peakBytes / 1e6),
    ]),
  ]);
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function readArgs() {
  try {
    return parseArgs({ options: { bytes: { type: "string", default: "1000000000" }, help: { type: "boolean" } } });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
