/** `pnpm proof:collector`: what crashes, outages and refusals cost, in records; counted. */
import { parseArgs } from "node:util";
import { main } from "../../../tools/command.ts";
import { otelcol } from "../otelcol.ts";
import { cases } from "./case.ts";
import { isAsPromised, outcomeOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { table } from "./table.ts";
import { refuseWith, wholeNumberOr } from "../../usage.ts";
import type { Refuse } from "../../usage.ts";

const help = `pnpm proof:collector [--case <name>...] [--records 20000] [--body 600] [--outage 10s]

Numbered records go through a real Collector to a backend that is away, slow or unwilling, while the
Collector is killed or ended. Counted are records: those that were acknowledged, those that the backend
got, and those of the second sink, which jobtrail collector resend then brings over. Ends with 1 where an
acknowledged record is lost that should not be.

  --case     only these: ${Object.keys(cases).join("; ")}
  --records  so many in each case
  --body     bytes of text in each record, besides its attributes
  --outage   how long the backend is away or says 401, such as 10s or 10m; the records are sent over that time

Nightly: pnpm proof:collector --records 1000000 --outage 10m`;

const refuse: Refuse = refuseWith(help);
const wholeNumber = wholeNumberOr(refuse);

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

const { values } = readArgs();
if (values.help === true) console.log(help);
else await main(prove);

async function prove(): Promise<void> {
  if (otelcol() === undefined) throw new Error("There is no Collector here. Run: pnpm collector:build");
  const size = {
    records: wholeNumber("records", values.records ?? "20000"),
    bodyBytes: wholeNumber("body", values.body ?? "600"),
    outageMs: duration("outage", values.outage ?? "10s"),
  };
  const outcomes: Outcome[] = [];
  for (const name of values.case ?? Object.keys(cases)) {
    console.error(name);
    outcomes.push(await outcomeOf(name, size));
  }
  console.log(`\n${table(outcomes)}\n`);
  const wrong = outcomes.filter((outcome) => !isAsPromised(outcome));
  if (wrong.length === 0) return;
  throw new Error(`Not as promised: ${wrong.map(({ name }) => name).join("; ")}.`);
}

function readArgs() {
  try {
    return parseArgs({
      // pnpm hands on the `--` that may stand before a script's own arguments.
      args: process.argv.slice(process.argv[2] === "--" ? 3 : 2),
      options: {
        case: { type: "string", multiple: true },
        records: { type: "string" },
        body: { type: "string" },
        outage: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function duration(name: string, text: string): number {
  const [, value, unit = ""] = /^(\d+)([smh])$/.exec(text) ?? [];
  return value === undefined
    ? refuse(`--${name} is "${text}"; expected a time such as 10s or 10m.`)
    : Number(value) * (units[unit] ?? 0);
}
