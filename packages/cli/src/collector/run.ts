import { errorLine } from "@jobtrail/conventions";
import { catalogue, failure } from "../errors.ts";
import { backendOf } from "./backend.ts";
import { findingsOf, variableFaults } from "./check.ts";
import { componentsOf, commands, holds, official } from "./component.ts";
import type { Distribution } from "./component.ts";
import { environment } from "./environment-file.ts";
import { commandText, configText, nameOf, droppedText } from "./print.ts";
import { sendTest } from "./send.ts";
import { stackOf } from "./stack.ts";
import type { Stack } from "./stack.ts";
import type { Tier } from "./tier.ts";
import { listText, rowOf, rows, rowText } from "./table.ts";
import type { Environment } from "./variable.ts";

/** The options of `jobtrail collector config`. */
export interface ConfigOptions {
  readonly backend?: readonly string[];
  readonly tier: Tier;
  readonly with?: readonly string[];
  readonly print: "config" | "command";
  readonly distribution?: Distribution;
  readonly check?: true;
  readonly sendTest?: true;
  readonly otelcol?: string;
  readonly envFile?: string;
  readonly ports: boolean;
  readonly free: number;
}

/** `jobtrail collector config`. @throws CatalogueError for an error that the user can fix. */
export async function config(options: ConfigOptions): Promise<void> {
  const stack = stackOf(options.tier, options.backend ?? [], options.with);
  if (options.distribution !== undefined) refuseUnlessHeld(stack, options.distribution);
  const env = environment(options.envFile);
  if (options.check === true && !(await check(stack, env, options))) return;
  if (options.sendTest === true) await test(stack, env, options.otelcol);
  if (options.check === true || options.sendTest === true) return;
  for (const line of droppedText(stack)) console.error(line);
  process.stdout.write(options.print === "config" ? configText(stack) : commandText(stack, options.distribution));
}

/** `jobtrail collector backends`. @throws CatalogueError where there is no such backend. */
export function backends(name: string | undefined, format: "table" | "json"): void {
  const found = name === undefined ? rows() : rowOf(backendOf(name));
  const text =
    format === "json" ? JSON.stringify(found, undefined, 2) : "name" in found ? rowText(found) : listText(found);
  process.stdout.write(`${text}\n`);
}

async function check(stack: Stack, env: Environment, { ports, otelcol, free }: ConfigOptions): Promise<boolean> {
  const { faults, notes } = await findingsOf(stack, env, { ports, otelcol, freeMib: free });
  if (faults.length > 0) fail(stack, faults);
  else {
    console.log([`${nameOf(stack)}: ready.`, ...droppedText(stack)].join(" "));
    for (const note of notes) console.error(`Note: ${note}`);
  }
  return faults.length === 0;
}

async function test(stack: Stack, env: Environment, otelcol: string | undefined): Promise<void> {
  const faults = variableFaults(stack, env);
  if (faults.length > 0) return fail(stack, faults);
  const { lines, isTaken } = await sendTest(stack, env, otelcol);
  console.log(lines.join("\n"));
  if (!isTaken) process.exitCode = 1;
}

function fail(stack: Stack, faults: readonly string[]): void {
  const first = errorLine(catalogue, "JOBTRAIL_COLLECTOR_NOT_READY", { stack: nameOf(stack) });
  console.error([first, ...faults.map((fault) => `  ${fault}`)].join("\n"));
  process.exitCode = 1;
}

function refuseUnlessHeld(stack: Stack, distribution: Distribution): void {
  const lacked = componentsOf(stack).filter((component) => !holds(distribution, component));
  if (lacked.length === 0) return;
  const holders = official.filter((each) => componentsOf(stack).every((component) => holds(each, component)));
  throw failure("JOBTRAIL_OPTION_UNFIT", {
    reason: `the distribution ${distribution} lacks ${lacked.map(({ name }) => name).join(", ")}. Use ${holders.map((each) => `--distribution ${each} (${commands[each]})`).join(" or ")}.`,
  });
}
