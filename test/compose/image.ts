import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** A stage of a Dockerfile. */
export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile whose instructions have a line each. */
export function stagesOf(text: string): Stage[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const instructions = lines.map((line): Instruction => {
    const [, word = "", rest = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return { word, rest };
  });
  const starts = instructions.flatMap(({ word }, i) => (word === "FROM" ? [i] : []));
  return starts.map((start, n) => {
    const [, from = "", name = ""] = /^(\S+) AS (\S+)$/.exec(instructions[start]?.rest ?? "") ?? [];
    return { name, from, instructions: instructions.slice(start + 1, starts[n + 1]) };
  });
}

/** The words of an instruction in the form of a list. */
export const wordsOf = (stage: Stage, word: string): string[] =>
  JSON.parse(stage.instructions.find((each) => each.word === word)?.rest ?? "[]") as string[];

/** What makes an image, where each folder of the image lies in a folder here. */
export interface Making {
  /** The folder that is sent to the builder. */
  readonly context: string;
  /** Stands for the root of every image. */
  readonly root: string;
  readonly say: (line: string) => void;
}

/** Runs the instructions of a stage as a builder does, without Docker. @throws Error where a command fails. */
export function make({ instructions }: Stage, { context, root, say }: Making): void {
  let folder = "/";
  for (const { word, rest } of instructions) {
    say(`${word} ${rest}`);
    if (word === "WORKDIR") {
      folder = rest;
      mkdirSync(join(root, folder), { recursive: true });
    }
    if (word === "COPY") copy(rest, folder, { context, root, say });
    if (word === "RUN")
      execFileSync("sh", ["-ec", within(rest, root)], {
        cwd: join(root, folder),
        stdio: ["ignore", "ignore", "inherit"],
      });
  }
}

/** Every stage lies in the same root, so that what is copied from another stage may be there already. */
function copy(rest: string, folder: string, { context, root }: Making): void {
  const [source = "", target = ""] = rest.replace(/^--from=\S+ /, "").split(" ");
  const from = rest.startsWith("--from=") ? join(root, source) : join(context, source);
  const into = join(root, target.startsWith("/") ? target : join(folder, target));
  if (!existsSync(from)) throw new Error(`COPY ${rest}: ${source} is not there.`);
  mkdirSync(dirname(into), { recursive: true });
  cpSync(from, target.endsWith("/") && source !== "." ? join(into, source.split("/").at(-1) ?? "") : into, {
    recursive: true,
    verbatimSymlinks: true,
  });
}

/** A command whose paths of the image are paths here. */
const within = (command: string, root: string): string =>
  command.replaceAll(/(?<=^|[\s:=])\/(?=(?:source|packs|app|opt)\b)/g, `${root}/`);

/** A Dockerfile of a folder. */
export const dockerfileIn = (context: string): Stage[] => stagesOf(readFileSync(join(context, "Dockerfile"), "utf8"));
