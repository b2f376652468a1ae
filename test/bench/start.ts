import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "../../tools/workspace.ts";

/** What a process does that is measured from its start to its end. */
interface Program {
  readonly name: string;
  /** What the flag may add, in milliseconds of CPU. */
  readonly budget: number;
  readonly start: (flags: readonly string[]) => ChildProcess;
}

// Nothing is sent: the flag's own end is no part of the start.
const options = { cwd: import.meta.dirname, env: { PATH: process.env["PATH"], NODE_ENV: "production" } };

const reporting = `process.on("exit", () => process.stdout.write(String(process.cpuUsage().user + process.cpuUsage().system)));`;

const running =
  (text: string): Program["start"] =>
  (flags) =>
    spawn(process.execPath, [...flags, "--input-type=commonjs", "--eval", `${text};${reporting}`], {
      ...options,
      stdio: ["ignore", "pipe", "inherit"],
    });

/** A child of BullMQ's for a sandboxed processor, until it is ready for its first job. */
function sandbox(flags: readonly string[]): ChildProcess {
  const main = join(dirname(createRequire(import.meta.url).resolve("bullmq")), "classes/main.js");
  const child = fork(main, [], { ...options, execArgv: [...flags], stdio: ["ignore", "pipe", "inherit", "ipc"] });
  child.once("message", () => child.disconnect());
  child.send({ cmd: 0, value: `data:text/javascript,${encodeURIComponent(`${reporting}export default () => {};`)}` });
  return child;
}

const programs: readonly Program[] = [
  { name: "empty", budget: 30, start: running("") },
  { name: "BullMQ loaded", budget: 80, start: running("require('bullmq')") },
  { name: "BullMQ's child", budget: 80, start: sandbox },
];

/** What one program costs, in milliseconds of CPU: the cheapest of all rounds. */
export interface StartCost {
  readonly program: string;
  readonly alone: number;
  readonly watched: number;
  /** What the flag may add. */
  readonly budget: number;
}

/** How far above what is promised a busy machine may come. */
const tolerance = 1.25;

/** Whether the flag adds no more than is promised. */
export const isWithin = ({ alone, watched, budget }: StartCost): boolean => watched - alone <= budget * tolerance;

/** Measures what the flag adds to a process at its start, with the built packages: each in a process of its own, in turn. */
export async function measureStart(rounds: number): Promise<readonly StartCost[]> {
  const least = new Map(programs.map(({ name }) => [name, { alone: Infinity, watched: Infinity }]));
  const flags = ["--import", join(root, "packages/register/dist/index.js")];
  for (let round = 0; round < rounds; round++)
    for (const { name, start } of programs) {
      const known = least.get(name)!;
      known.alone = Math.min(known.alone, await cpuOf(start([])));
      known.watched = Math.min(known.watched, await cpuOf(start(flags)));
    }
  return programs.map(({ name, budget }) => ({ program: name, budget, ...least.get(name)! }));
}

/** The CPU of a process, in milliseconds, as it says at its end. */
async function cpuOf(child: ChildProcess): Promise<number> {
  // A child that is disconnected says its exit, and never "close".
  const [text, [code]] = await Promise.all([
    child.stdout?.setEncoding("utf8").reduce((all: string, some: string) => all + some, ""),
    once(child, "exit"),
  ]);
  if (text === undefined || code !== 0 || !/^\d+$/.test(text))
    throw new Error(`A measured process ended with ${String(code)} and said "${text}".`);
  return Number(text) / 1000;
}

/** The costs as a table for people. */
export const tableOfStart = (costs: readonly StartCost[]): string =>
  costs
    .map(({ program, alone, watched, budget }) => {
      const [own, both, more] = [alone, watched, watched - alone].map((ms) => ms.toFixed(0).padStart(4));
      return `${program.padEnd(15)} ${own} ms alone ${both} ms with the flag  + ${more}  (at the most ${budget})`;
    })
    .join("\n");
