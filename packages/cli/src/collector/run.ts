import { readFileSync } from "node:fs";
import { backendOf } from "./backend.ts";
import { findingsOf, variableFaults } from "./check.ts";
import { componentsOf, commands, holds, official } from "./component.ts";
import type { Distribution } from "./component.ts";
import { parseEnvironmentFile } from "./environment-file.ts";
import { Fault } from "./fault.ts";
import { commandText, configText, nameOf, nowhereText } from "./print.ts";
import { sendTest } from "./send.ts";
import { stackOf } from "./stack.ts";
import type { Stack } from "./stack.ts";
import type { Tier } from "./tier.ts";
import { listText, rowOf, rows, rowText } from "./table.ts";
import type { Environment } from "./variable.ts";

/** What `jobtrail collector config` was asked for. */
export interface Wishes {
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

/** `jobtrail collector config`. @throws Fault for what a user can mend. */
export async function config(wishes: Wishes): Promise<void> {
  const stack = stackOf(wishes.tier, wishes.backend ?? [], wishes.with);
  if (wishes.distribution !== undefined) refuseUnlessHeld(stack, wishes.distribution);
  const env = environment(wishes.envFile);
  if (wishes.check === true && !(await check(stack, env, wishes))) return;
  if (wishes.sendTest === true) await test(stack, env, wishes.otelcol);
  if (wishes.check === true || wishes.sendTest === true) return;
  for (const line of nowhereText(stack)) console.error(line);
  process.stdout.write(wishes.print === "config" ? configText(stack) : commandText(stack, wishes.distribution));
}

/** `jobtrail collector backends`. @throws Fault where there is no such backend. */
export function backends(name: string | undefined, format: "table" | "json"): void {
  const told = name === undefined ? rows() : rowOf(backendOf(name));
  const text = format === "json" ? JSON.stringify(told, undefined, 2) : "name" in told ? rowText(told) : listText(told);
  process.stdout.write(`${text}\n`);
}

async function check(stack: Stack, env: Environment, { ports, otelcol, free }: Wishes): Promise<boolean> {
  const { faults, notes } = await findingsOf(stack, env, { ports, otelcol, freeMib: free });
  if (faults.length > 0) fail(stack, faults);
  else {
    console.log([`${nameOf(stack)}: all is well.`, ...nowhereText(stack)].join(" "));
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
  console.error([`${nameOf(stack)}: not ready.`, ...faults.map((fault) => `  ${fault}`)].join("\n"));
  process.exitCode = 1;
}

/**
 * What a service's file of variables says counts for the service, whatever this shell has. Node 24 too looks for
 * `--env-file` among a program's arguments: it ends with a line of its own where there is no such file.
 */
function environment(file: string | undefined): Environment {
  if (file === undefined) return process.env;
  try {
    return { ...process.env, ...parseEnvironmentFile(readFileSync(file, "utf8")) };
  } catch (error) {
    throw new Fault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Name another with --env-file.`);
  }
}

function refuseUnlessHeld(stack: Stack, distribution: Distribution): void {
  const lacked = componentsOf(stack).filter((component) => !holds(distribution, component));
  if (lacked.length === 0) return;
  const holders = official.filter((each) => componentsOf(stack).every((component) => holds(each, component)));
  throw new Fault(
    `The distribution ${distribution} lacks ${lacked.map(({ name }) => name).join(", ")}. Say ${holders.map((each) => `--distribution ${each} (${commands[each]})`).join(" or ")}.`,
  );
}
