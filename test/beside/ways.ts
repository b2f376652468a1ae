import { register } from "../hosts/hosts.ts";

/** A way in which a program is started with Jobtrail. */
export interface Way {
  readonly name: string;
  /** The command as a user writes it. */
  readonly written: string;
  /** Which installation has the runtime: a folder of `sets`. */
  readonly set: "ways" | "runtimes";
  /** What is run in the folder of that installation. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A folder within it to start in. */
  readonly folder?: string;
  /** Which jobs are seen: those of BullMQ, which is CommonJS, and of croner, which is an ES module. */
  readonly seen: readonly ("bullmq" | "croner")[];
  /** What is said instead, or why not. */
  readonly said?: string;
  /** What to know of it. */
  readonly note?: string;
  /** Whether it is tried in each test run, and not in `pnpm proof:beside` alone. */
  readonly isShort?: true;
}

const source = "--conditions=@jobtrail/source";
const flag = ["--import", register];
const node = [process.execPath, source];
const all = ["bullmq", "croner"] as const;
const bun = "node_modules/@oven/bun-linux-x64/bin/bun";
const deno = "node_modules/@deno/linux-x64-glibc/deno";

/** Every way to start that is tried. */
export const ways: readonly Way[] = [
  {
    name: "the flag, an ES module",
    written: "node --import @jobtrail/register app.mjs",
    set: "ways",
    command: [...node, ...flag, "both.mjs"],
    seen: all,
  },
  {
    name: "the flag, CommonJS",
    written: "node --import @jobtrail/register app.cjs",
    set: "ways",
    command: [...node, ...flag, "both.cjs"],
    seen: all,
  },
  {
    name: "node -r",
    written: "node -r @jobtrail/register app.mjs",
    set: "ways",
    command: [...node, "-r", register, "both.mjs"],
    seen: all,
  },
  {
    name: "require() first",
    written: 'require("@jobtrail/register"); require("./app.cjs")',
    set: "ways",
    command: [...node, "first.cjs"],
    seen: all,
  },
  {
    name: "require() after the library",
    written: 'require("bullmq"); require("@jobtrail/register")',
    set: "ways",
    command: [...node, "after.cjs"],
    seen: all,
    isShort: true,
  },
  {
    name: "await import() first",
    written: 'await import("@jobtrail/register"); await import("./app.mjs")',
    set: "ways",
    command: [...node, "first.mjs"],
    seen: all,
  },
  {
    name: "await import() after the libraries",
    written: 'import "bullmq"; import "croner"; await import("@jobtrail/register")',
    set: "ways",
    command: [...node, "after.mjs"],
    seen: ["bullmq"],
    note: "An ES module that is there already shows itself to nobody.",
    isShort: true,
  },
  {
    name: "await import() after an ES module",
    written: 'import "croner"; await import("@jobtrail/register")',
    set: "ways",
    command: [...node, "late.mjs"],
    seen: [],
    said: "jobtrail: no job system was loaded after Jobtrail (SYSTEMS). Start Node with --import @jobtrail/register, so that it comes first.\n",
    isShort: true,
  },
  {
    name: "NODE_OPTIONS, from another folder",
    written: 'NODE_OPTIONS="--import /app/node_modules/@jobtrail/register/dist/index.js" node /app/app.mjs',
    set: "ways",
    command: [process.execPath, "../programs/both.mjs"],
    folder: "preload",
    env: { NODE_OPTIONS: `${source} --import ${register}` },
    seen: all,
    note: "Node looks for a name in the folder that it is started in, so the path is written in full.",
  },
  {
    name: "tsx",
    written: "tsx --import @jobtrail/register app.ts",
    set: "ways",
    command: ["node_modules/.bin/tsx", source, ...flag, "both.mts"],
    seen: all,
    isShort: true,
  },
  {
    name: "tsx as a flag, after ours",
    written: "node --import @jobtrail/register --import tsx app.ts",
    set: "ways",
    command: [...node, ...flag, "--import", "tsx", "both.mts"],
    seen: all,
  },
  {
    name: "vitest, forks",
    written: 'setupFiles: ["@jobtrail/register"]',
    set: "ways",
    command: [process.execPath, "VITEST", "run", "--config", "vitest.config.cjs", "--pool=forks"],
    seen: all,
  },
  {
    name: "vitest, threads",
    written: 'setupFiles: ["@jobtrail/register"]',
    set: "ways",
    command: [process.execPath, "VITEST", "run", "--config", "vitest.config.cjs", "--pool=threads"],
    seen: all,
    env: { OTEL_BLRP_SCHEDULE_DELAY: "10" },
    note: "vitest terminates its threads: what a test recorded in its last second is lost.",
  },
  {
    name: "vitest, vmThreads",
    written: 'setupFiles: ["@jobtrail/register"]',
    set: "ways",
    command: [process.execPath, "VITEST", "run", "--config", "vitest.config.cjs", "--pool=vmThreads"],
    seen: [],
    said: "jobtrail: jobs are not watched in this test runner: it loads modules in a context of its own (jest, vitest's vmThreads and vmForks), where nothing sees them load. vitest's pools forks and threads have none.\n",
  },
  {
    name: "jest",
    written: 'NODE_OPTIONS="--import @jobtrail/register" jest',
    set: "ways",
    command: [process.execPath, source, ...flag, "node_modules/.bin/jest", "--config", "jest.config.cjs", "--silent"],
    seen: [],
    said: "jobtrail: jobs are not watched in this test runner: jest loads modules in contexts of its own, where nothing sees them load. node:test, and vitest's pools forks and threads, have none.\n",
  },
  {
    name: "Bun, ES modules",
    written: "bun --preload @jobtrail/register app.mjs",
    set: "runtimes",
    command: [bun, source, "--preload", register, "both.mjs"],
    seen: all,
  },
  {
    name: "Bun, CommonJS",
    written: "bun --preload @jobtrail/register app.cjs",
    set: "runtimes",
    command: [bun, source, "--preload", register, "both.cjs"],
    seen: all,
  },
  {
    name: "Deno",
    written: "deno run -A --preload npm:@jobtrail/register app.mjs",
    set: "runtimes",
    command: [deno, "run", "-A", source, "--preload", register, "both.mjs"],
    seen: ["bullmq"],
    note: "Deno shows no ES modules: pass such a library to `watch()` of `@jobtrail/auto-instrumentations`.",
  },
  {
    name: "Deno, with an ES module alone",
    written: "deno run -A --preload npm:@jobtrail/register app.mjs",
    set: "runtimes",
    command: [deno, "run", "-A", source, "--preload", register, "tick.mjs"],
    seen: [],
    said: "jobtrail: no job system was seen: Deno shows no ES modules, such as those of MODULES. Pass the one that the app uses to watch() of @jobtrail/auto-instrumentations.\n",
  },
];
