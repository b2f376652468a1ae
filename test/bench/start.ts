import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../../tools/workspace.ts";

/** What a process does that is measured from its start to its end. */
const programs = {
  empty: "",
  "BullMQ loaded": "require('bullmq')",
} as const;

const budgetMs: Readonly<Record<keyof typeof programs, number>> = { empty: 30, "BullMQ loaded": 80 };

/** What one program costs, in milliseconds of CPU: the cheapest of all rounds. */
export interface StartCost {
  readonly program: string;
  readonly alone: number;
  readonly watched: number;
  /** What the flag may add. */
  readonly budget: number;
}

/** Measures what the flag adds to a process at its start, with the built packages: each in a process of its own, in turn. */
export async function measureStart(rounds: number): Promise<readonly StartCost[]> {
  const kept = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++)
    for (const [program, text] of Object.entries(programs))
      for (const flag of [[], ["--import", join(root, "packages/register/dist/index.js")]]) {
        const name = `${program} ${flag.length}`;
        kept.set(name, [...(kept.get(name) ?? []), await cpuOf(flag, text)]);
      }
  const least = (name: string): number => Math.min(...(kept.get(name) ?? []));
  return Object.keys(programs).map((program) => ({
    program,
    alone: least(`${program} 0`),
    watched: least(`${program} 2`),
    budget: budgetMs[program as keyof typeof programs],
  }));
}

const reporting = `process.on("exit", () => process.stdout.write(String(process.cpuUsage().user + process.cpuUsage().system)));`;

/** The CPU of a process, in milliseconds, as it says at its end. */
async function cpuOf(flags: readonly string[], program: string): Promise<number> {
  // Nothing is sent: the flag's own end is no part of the start.
  const env = { PATH: process.env["PATH"], NODE_ENV: "production" };
  const given = [...flags, "--input-type=commonjs", "--eval", `${program};${reporting}`];
  const child = spawn(process.execPath, given, { cwd: import.meta.dirname, env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child, "close");
  return Number(text) / 1000;
}

/** The costs as a table for people. */
export const tableOfStart = (costs: readonly StartCost[]): string =>
  costs
    .map(
      ({ program, alone, watched, budget }) =>
        `${program.padEnd(15)} ${alone.toFixed(0).padStart(4)} ms alone ${watched.toFixed(0).padStart(4)} ms with the flag  +${(watched - alone).toFixed(0).padStart(3)}  (at the most ${budget})`,
    )
    .join("\n");
