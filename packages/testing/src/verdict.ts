import { cases } from "./cases.ts";
import type { Look } from "./cases.ts";
import type { Fault } from "./fault.ts";
import { RecordingError } from "./recording.ts";
import type { Recording } from "./recording.ts";
import { programs } from "./harness.ts";
import type { Program } from "./harness.ts";
import { sentences, steps } from "./table.ts";
import type { Case, Entry } from "./table.ts";

/**
 * Runs a case and compares with what the harness says.
 * @returns whether it ran and held.
 * @throws Error where it must hold and does not, cannot be run, or holds though the harness says that it cannot.
 */
export async function judge(name: Case, entry: Entry, look: Look): Promise<boolean> {
  const lacking = lackingFor(name, look);
  if (entry === "must") {
    if (lacking.length > 0) throw new Error(unwritten(name, lacking));
    return cases[name].check(look).then(
      () => true,
      (error: unknown) => {
        if (error instanceof RecordingError) throw error;
        throw new Error(unheld(name, error), { cause: error });
      },
    );
  }
  if (lacking.length > 0 || (await failure(name, look)) !== undefined) return false;
  throw new Error(
    `"${name}" holds, though its harness says that it cannot: ${entry.cannot}. Take it out of \`cannot\`.`,
  );
}

/** Runs a case with a fault planted. @throws Error where the case holds all the same, or where the fault did not act. */
export async function judgeFault(name: Case, fault: Fault, look: Look): Promise<void> {
  let acted = 0;
  const recording = async (each: Parameters<Look["recording"]>[0]): Promise<Recording> => {
    const made = await look.recording(each);
    for (const { report } of made.processes) acted += report?.planted ?? 0;
    return made;
  };
  const noticed = await failure(name, { ...look, recording });
  if (noticed === undefined) throw new Error(`"${name}" holds with ${fault} planted: it proves nothing.`);
  if (acted === 0) throw new Error(`"${name}" failed, but ${fault} never acted.`, { cause: noticed });
}

/** Why a case does not hold. A recording that could not be made says nothing about the case: that is thrown. */
async function failure(name: Case, look: Look): Promise<unknown> {
  try {
    await cases[name].check(look);
    return undefined;
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    return error;
  }
}

/** The programs that a case needs and the fixture does not have. */
export const lackingFor = (name: Case, { harness }: Pick<Look, "harness">): readonly Program[] =>
  cases[name].needs.filter((program) => !harness.programs.includes(program));

const unwritten = (name: Case, lacking: readonly Program[]): string =>
  [
    `"${name}" asks: ${sentences[name]}.`,
    `The fixture lacks the program ${lacking.join(", ")}. Write in test/programs.cjs, and name in the harness:`,
    ...lacking.map((program) => `  ${program}: ${programs[program]}`),
    `How to make it hold: ${steps[name]}.`,
  ].join("\n");

const unheld = (name: Case, error: unknown): string =>
  [
    error instanceof Error ? error.message : String(error),
    `"${name}" asks: ${sentences[name]}.`,
    `What makes it hold: ${steps[name]}.`,
  ].join("\n");
