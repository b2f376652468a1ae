/** `pnpm bench recorder`: what watching costs the host, per job. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRedis } from "@jobtrail/testing";
import { run } from "../../tools/command.ts";
import { root } from "../../tools/workspace.ts";
import { measure } from "./recorder.ts";
import { table } from "./table.ts";

const help = `pnpm bench recorder [--jobs 20000] [--rounds 7]

CPU per BullMQ job, from the first counted add to the end of the process, export included:
without telemetry, with bullmq-otel, with the same telemetry written by hand, with Jobtrail.
Each runs in a process of its own, in turn, against a Redis and an OTLP endpoint of the bench.

  --jobs    counted jobs per process, after 500 that are not counted
  --rounds  processes per variant; the table shows their medians`;

const { values, positionals } = readArgs();
if (values.help === true) console.log(help);
else if (positionals.join(" ") !== "recorder") refuse(`There is no bench called "${positionals.join(" ")}".`);
else {
  const jobs = wholeNumber("jobs", values.jobs ?? "20000");
  const rounds = wholeNumber("rounds", values.rounds ?? "7");
  // Users run what is built, so that is measured.
  run(join(root, "node_modules/.bin/tsc"), ["-b", "packages/register"]);
  await using redis = await startRedis();
  const samples = await measure({
    jobs,
    rounds,
    redis: redis.url,
    over: (round) => console.error(`round ${round} of ${rounds}`),
  });
  console.log(`\nCPU per BullMQ job over ${jobs} jobs, median of ${rounds} interleaved rounds\n`);
  console.log(table(samples, jobs));
}

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { jobs: { type: "string" }, rounds: { type: "string" }, help: { type: "boolean" } },
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
