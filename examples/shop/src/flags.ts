import { parseArgs } from "node:util";

/** The flags of the demo. */
export interface Flags {
  readonly once: boolean;
  /** Whether five other systems are bridged beside the shop. */
  readonly bridges: boolean;
  readonly json: boolean;
  readonly jobs: number;
  readonly seed: number;
  /** Where the job log listens; 0 for any free port. If absent, the usual port, or a free one if that is in use. */
  readonly port: number | undefined;
  /** Where everything is kept; a temporary folder where absent. */
  readonly data: string | undefined;
  /** Only compare what an earlier run left in `data`. */
  readonly check: boolean;
  readonly help: boolean;
}

/** The text of `--help`. */
export const usage = `A shop whose orders and emails run on pg-boss, with two croner schedules, watched by Jobtrail.

  pnpm demo                 run until Ctrl-C; the page shows every job
  pnpm demo --bridges       the same, beside five other systems whose job logs are read by bridges
  pnpm demo --once          run one batch, compare the job log with the truth, and end

  --jobs N     how many jobs (5 or more; default 40)
  --seed S     which mix of quick, slow, flaky and hopeless jobs (a whole number; default 1)
  --json       with --once or --check: the last line is a summary, counted from the job log
  --port N     where the job log listens (default 4318, or a free port if that is in use)
  --data DIR   keep the database and the job log here; with --once a new or empty folder
  --check      compare again the results of an earlier --once --data DIR, and end
  --help       this text
`;

/** Reads the flags. @throws FlagError that says what is wrong and what would be right. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parsed(args);
  const check = values.check === true;
  if (check && values.data === undefined)
    throw new FlagError("--check needs --data DIR: the folder that an earlier run was given.");
  if (values.json === true && values.once !== true && !check)
    throw new FlagError("--json needs --once or --check: without them the demo does not end, so there is no summary.");
  if (values.bridges === true && (values.once === true || check))
    throw new FlagError(
      "--bridges shows systems whose jobs never end, so it cannot be combined with --once or --check.",
    );
  return {
    bridges: values.bridges === true,
    once: values.once === true || check,
    json: values.json === true,
    jobs: whole("--jobs", values.jobs ?? "40", 5, 100_000),
    seed: whole("--seed", values.seed ?? "1", 0, 4_294_967_295),
    port: values.port === undefined ? undefined : whole("--port", values.port, 0, 65_535),
    data: values.data,
    check,
    help: values.help === true,
  };
}

/** A flag that cannot be used. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

const options = {
  once: { type: "boolean" },
  bridges: { type: "boolean" },
  json: { type: "boolean" },
  jobs: { type: "string" },
  seed: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  check: { type: "boolean" },
  help: { type: "boolean" },
} as const;

function parsed(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options }>> {
  try {
    return parseArgs({ args: args.filter((arg) => arg !== "--"), options });
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    const what = (error as Error).message.replace(/\.?$/, ".");
    throw new FlagError(`${what} The flags are ${known.join(", ")}.`, { cause: error });
  }
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new FlagError(`${flag} is ${JSON.stringify(text)}; expected a whole number from ${least} to ${most}.`);
  return value;
}
