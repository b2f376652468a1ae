/** `pnpm proof:bridges`: bridges that are killed while servers fail lose nothing and double nothing. */
import { parseArgs } from "node:util";
import { refuseWith, wholeNumberOr } from "../usage.ts";
import { crash } from "./crash.ts";

const help = `pnpm proof:bridges [--kills 10] [--jobs 400]

Fakes of HarperDB, Devo, Qlik Cloud and Product-Live run jobs, and files of Better Content Archiving appear in a
folder, while \`jobtrail bridge\` reads all five, is killed with SIGKILL again and again, and a tenth of all requests
fail: 429, 500, 503, a login page, JSON that is cut off, a closed connection. In the end the job log must hold each
job once, with its state and its number of runs. Ends with 1 where anything differs.`;

const refuse = refuseWith(help);
const { values } = parseArgs({
  options: { kills: { type: "string" }, jobs: { type: "string" }, help: { type: "boolean" } },
});
const number = wholeNumberOr(refuse);
if (values.help === true) console.log(help);
else {
  const { differences, jobs, runs, kills, failures } = await crash({
    kills: number("kills", values.kills ?? "10"),
    jobs: number("jobs", values.jobs ?? "400"),
    say: (sentence) => console.error(sentence),
  });
  for (const difference of differences.slice(0, 50)) console.log(difference);
  console.log(
    differences.length === 0
      ? `${kills} kills and ${failures} failed requests: the job log holds ${jobs} jobs of five systems with ${runs} runs, none lost and none doubled.`
      : `${differences.length} of ${jobs} jobs differ.`,
  );
  if (differences.length > 0) process.exitCode = 1;
}
