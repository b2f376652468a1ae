import { globSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { CommanderError } from "commander";
import { convert } from "../src/convert.ts";
import type { Host } from "../src/convert/host.ts";

/** How a conversion ended, and all that it said. */
export interface Converted {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a conversion is given besides its arguments. */
export interface Given {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Which streams are a terminal. */
  readonly terminal?: readonly ("stdin" | "stdout" | "stderr")[];
}

/** Runs `jobtrail convert` within this process: a process of its own takes a second to start. */
export async function converted(
  args: readonly string[],
  { input = "", env = {}, terminal = [] }: Given = {},
): Promise<Converted> {
  const [out, err] = [collector(), collector()];
  const isTTY = (stream: "stdin" | "stdout" | "stderr"): { isTTY: boolean } => ({ isTTY: terminal.includes(stream) });
  const host: Host = {
    stdin: Object.assign(Readable.from([Buffer.from(input)]), isTTY("stdin")),
    stdout: Object.assign(out.stream, isTTY("stdout")),
    stderr: Object.assign(err.stream, isTTY("stderr")),
    env,
  };
  const command = convert(host)
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.stream.write(text), writeErr: (text) => err.stream.write(text) });
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    host.exitCode = error.exitCode;
  }
  return { code: Number(host.exitCode ?? 0), out: out.text(), err: err.text() };
}

/** Runs it with an input and settings. */
export const run = (args: readonly string[], input: string | Uint8Array = "", env = {}): Promise<Converted> =>
  converted(args, { input, env });

/** What each line of an output is. */
export const linesOf = ({ out }: Pick<Converted, "out">): unknown[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

/** Where the samples of all schemas are, in a folder for each. */
export const samples: string = join(import.meta.dirname, "../../schemas/test/samples");

/** The samples of a schema. */
export const samplesOf = (name: string): string[] =>
  globSync(`${name}/*.{json,csv,txt}`, { cwd: samples })
    .sort()
    .map((path) => join(samples, path));

/** A sample of a schema, by its file. */
export const sampleOf = (name: string, file: string): string => join(samples, name, file);

function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
