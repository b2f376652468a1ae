import type { Service } from "./service.ts";
import type { Case, Row } from "./table.ts";
import { sentences } from "./table.ts";

/**
 * What a fixture's program does, by its first argument. Each program ends by itself (never by
 * `process.exit`), prints what its host saw as JSON lines without ids and times, and calls its jobs
 * by the names given here: as the job's name, or as the end of a queue's name (`<NAME>-succeed`).
 */
export const programs = {
  main: "asks for and works, one after the other: `succeed`; `retry`, whose first try throws a TypeError and whose second succeeds, where the system tries again; `fail`, which throws a RangeError and is not tried again; `bulk`, three jobs by one call, where the system has such a call",
  ask: "queues `across` and ends",
  work: "works the job `across` that another process queued, and ends",
  rest: "does what makes the system's other events: together with `main`, `hang` and `recover` every event that the system sees",
  hang: "queues `hang` and works it without ever coming to an end: the process is killed",
  recover: "works until the killed process's `hang` has been run again and has succeeded, and ends",
  store:
    "queues a job of each kind that the system stores, works none, and prints what the store holds, with what differs between two runs (times, random ids) replaced",
} as const;

/** One of a fixture's programs. */
export type Program = keyof typeof programs;

/** The errors that the jobs `retry` and `fail` throw. */
export const thrown = {
  retry: { type: "TypeError", message: "not at the first try" },
  fail: { type: "RangeError", message: "never works" },
} as const;

/** What the suite needs to know of a job system: a `JobSystem` has it. */
export interface WatchedSystem {
  readonly name: string;
  readonly variants: readonly {
    readonly name: string;
    readonly module: string;
    readonly sees: readonly string[];
  }[];
}

/**
 * A job system, as the suite tests it: a new one needs a fixture and a file that calls `conformance`.
 * Programs are run by `node fixture.mjs <program>` and `node fixture.cjs <program>`. In their
 * environment stand the service's address (`REDIS_URL`, `DATABASE_URL`) and `NAME`, which is of this
 * run alone: what the programs store belongs below it (a queue's name, a prefix, a schema).
 * With `LIBRARY_SPANS=off` a library that makes spans itself makes none: where a subscriber
 * throws, its own spans would fail its jobs without us too.
 */
export interface Harness {
  readonly system: WatchedSystem;
  /** The variant that the fixtures load, by its name; not needed where there is one. */
  readonly variant?: string;
  /** Cases that cannot hold for it, each with the reason; all others must. One that holds all the same fails. */
  readonly cannot?: Readonly<Partial<Record<Case, string>>>;
  /** The module that exports the instrumentation's class, and the class's name. */
  readonly instrumentation: { readonly url: URL; readonly className: string };
  /** The folder with `fixture.mjs` and `fixture.cjs`. */
  readonly fixtures: URL;
  /** The programs that the fixture has. */
  readonly programs: readonly Program[];
  /**
   * All faults are planted on it. Whether a case notices that an end is missing has little to do with
   * the system, so one system proves it; on every other only what a system can break by itself is planted.
   */
  readonly proves?: true;
  /** What must run beside it: `redis`, `postgres`, or nothing. */
  readonly service?: Service;
  /** How many programs may run at once: more than two where they spend their time waiting. */
  readonly atOnce?: number;
  /** How long one program may take; by default 40 seconds. */
  readonly deadlineMs?: number;
  /** The path of the Node that runs the programs; by default the one that runs the tests. */
  readonly node?: string;
}

/** The variant that a harness tests. @throws Error where its name is none of the system's. */
export function variantOf({ system, variant }: Harness): WatchedSystem["variants"][number] {
  const { variants } = system;
  const found =
    variants.length === 1 && variant === undefined ? variants[0] : variants.find(({ name }) => name === variant);
  if (found !== undefined) return found;
  const names = variants.map(({ name }) => `"${name}"`).join(", ");
  throw new Error(`The harness of ${system.name} names the variant "${variant}"; expected one of ${names}.`);
}

/** Which case must hold for a harness, or why it cannot. */
export const rowOf = ({ cannot = {} }: Pick<Harness, "cannot">): Row =>
  Object.fromEntries(
    (Object.keys(sentences) as Case[]).map((name) => {
      const reason = cannot[name];
      return [name, reason === undefined ? "must" : { cannot: reason }];
    }),
  ) as Row;
