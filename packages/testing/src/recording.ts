import { describe } from "@jobtrail/core/event";
import { start } from "./child.ts";
import type { Child, Ended, Start } from "./child.ts";
import type { Emitted } from "./emitted.ts";
import type { Fault } from "./fault.ts";
import type { Harness, Program } from "./harness.ts";
import type { Plan } from "./plan.ts";
import { startReceiver } from "./receiver.ts";
import type { Receiver } from "./receiver.ts";

/** The module format of the fixture. */
export type Format = "esm" | "cjs";

/** Processes that ran one after the other, and all that they emitted. */
export interface Recording {
  readonly processes: readonly Ended[];
  readonly emitted: Emitted;
}

interface Step {
  /** The fixture's program; absent for one that only tries to import the library. */
  readonly program?: Program;
  /** Nobody watches. */
  readonly bare?: true;
  readonly sdk?: false;
  readonly plan?: Partial<Plan>;
  readonly env?: Readonly<Record<string, string>>;
  /** The process is killed once the receiver has seen a run start. */
  readonly killed?: true;
}

/** The name of a recording. */
export type Name =
  | "main"
  | "bare"
  | "hooks"
  | "processors"
  | "twice"
  | "withoutSdk"
  | "absent"
  | "across"
  | "rest"
  | "killed"
  | "stored"
  | "storedBare";

/** What each recording is made of: its processes, one after the other. */
const scripts: Readonly<Record<Name, readonly Step[]>> = {
  main: [{ program: "main" }],
  bare: [{ program: "main", bare: true }],
  hooks: [{ program: "main", plan: { throwing: "hooks" } }],
  processors: [{ program: "main", plan: { throwing: "processors" }, env: { LIBRARY_SPANS: "off" } }],
  twice: [{ program: "main", plan: { twice: true } }],
  withoutSdk: [{ program: "main", sdk: false }],
  absent: [{ plan: { absent: true } }],
  across: [{ program: "ask" }, { program: "work" }],
  rest: [{ program: "rest", env: { JOBTRAIL_HEARTBEAT_INTERVAL: "100ms" } }],
  killed: [{ program: "hang", killed: true }, { program: "recover" }],
  stored: [{ program: "store", env: { JOBTRAIL_PROPAGATION: "off" } }],
  storedBare: [{ program: "store", bare: true }],
};

/** Gives recordings: each is made once, when it is first asked for. */
export type Recordings = (name: Name, format: Format, fault?: Fault) => Promise<Recording>;

/** A recording that could not be made: says what was seen until then. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** Recordings of a fixture: a few at a time. */
export function recordings(harness: Harness, env: Readonly<Record<string, string>>): Recordings {
  const made = new Map<string, Promise<Recording>>();
  const inTurn = turns(harness.atOnce ?? 2);
  return (name, format, fault) => {
    // What nobody watches has no fault of ours.
    const planted = scripts[name].every(({ bare }) => bare === true) ? undefined : fault;
    const title = [harness.system.name, name, format, planted].join(" ").trim();
    const known = made.get(title);
    if (known !== undefined) return known;
    const making = inTurn(() => record({ title, harness, env, format, fault: planted }, scripts[name]));
    made.set(title, making);
    return making;
  };
}

interface Take {
  readonly title: string;
  readonly harness: Harness;
  readonly env: Readonly<Record<string, string>>;
  readonly format: Format;
  readonly fault: Fault | undefined;
}

let serial = 0;

async function record(take: Take, steps: readonly Step[]): Promise<Recording> {
  await using receiver = await startReceiver();
  const name = `jt${process.pid}x${++serial}`;
  const named = { ...take, env: { ...take.env, NAME: name } };
  const processes: Ended[] = [];
  for (const step of steps) {
    const ended = await run(start(startOf(named, step, receiver.url)), step, receiver, take);
    processes.push({ ...ended, lines: ended.lines.map((line) => line.replaceAll(name, "<NAME>")) });
  }
  return { processes, emitted: receiver };
}

const extensions: Record<Format, string> = { esm: "mjs", cjs: "cjs" };
const inputTypes: Record<Format, string> = { esm: "module", cjs: "commonjs" };

function startOf({ harness, env, format, fault }: Take, step: Step, endpoint: string): Start {
  const { system, instrumentation, fixtures } = harness;
  const modules = new Set(system.variants.map(({ module }) => module));
  const plan: Plan = {
    url: instrumentation.url.href,
    className: instrumentation.className,
    ...(step.sdk !== false && { endpoint }),
    ...(fault !== undefined && { fault }),
    ...step.plan,
  };
  return {
    given:
      step.program === undefined
        ? [`--input-type=${inputTypes[format]}`, "-e", importing, "--", ...modules]
        : [`fixture.${extensions[format]}`, step.program],
    cwd: fixtures,
    env: { ...env, ...step.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    ...(step.bare !== true && { plan }),
    node: harness.node,
  };
}

/** A program that tries to import the modules it is given, in either format. */
const importing = `for (const module of process.argv.slice(1))
  import(module).then(() => console.log(module, "found"), ({ code }) => console.log(module, code));`;

/** Waits for a process to end; one that is to be killed, until it has said that a run began. */
async function run(child: Child, { killed }: Step, receiver: Receiver, { title, harness }: Take): Promise<Ended> {
  const { deadlineMs = 40_000 } = harness;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill();
  }, deadlineMs);
  const begun = (emitted: Emitted): boolean => emitted.events().some(({ name }) => name === "job.run.started");
  // An exit of the process itself is reported below.
  if (killed === true)
    await Promise.race([child.ended, receiver.waitFor(begun, deadlineMs)]).finally(() => child.kill());
  const ended = await child.ended;
  clearTimeout(timer);
  if (late) throw new RecordingError(`${title} did not end within ${deadlineMs} ms.${seen(ended, receiver)}`);
  if (killed === true && ended.with !== "SIGKILL")
    throw new RecordingError(`${title} ended with ${ended.with} before it could be killed.${seen(ended, receiver)}`);
  return ended;
}

const seen = ({ lines, errors }: Ended, emitted: Emitted): string =>
  [
    "\nThe host said:",
    ...lines,
    "On standard error:",
    errors,
    "The receiver has:",
    ...emitted.records().map(({ record }) => `${record.eventName}: ${describe(record.body)}`),
  ].join("\n");

/** Lets only so many run at a time, in the order in which they were asked for. */
function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
