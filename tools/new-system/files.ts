import { version } from "../../packages/conventions/src/version.ts";

/** A job system that is to be watched. */
export interface NewSystem {
  /** As in the package's name, such as `node-cron`. */
  readonly name: string;
  /** The npm package that the app imports. */
  readonly module: string;
  /** The semver range that is watched. */
  readonly versions: string;
  /** What must run beside it. */
  readonly service?: Service | undefined;
}

/** A service that the suite can start, and the variable that holds its address. */
export type Service = "redis" | "postgres";

const addresses: Readonly<Record<Service, string>> = { redis: "REDIS_URL", postgres: "DATABASE_URL" };

/** The files of a new instrumentation by their path in its folder, complete but for what only its author knows. */
export const filesOf = (system: NewSystem): Readonly<Record<string, string>> => ({
  "package.json": manifest(system),
  "README.md": readme(system),
  "src/index.ts": entry(system),
  "src/job.ts": job(system),
  "src/system.ts": declaration(system),
  "src/watch.ts": watch(system),
  "test/conformance.test.ts": test,
  "test/fixture.cjs": fixtureCjs(system),
  "test/fixture.mjs": fixtureMjs(system),
  "test/harness.ts": harness(system),
  "test/programs.cjs": programs(system),
});

/** `node-cron` as a class: `NodeCronInstrumentation`. */
export const classOf = (name: string): string => `${name.split("-").map(capital).join("")}Instrumentation`;

/** `node-cron` as a constant: `nodeCron`. */
export const constantOf = (name: string): string =>
  name
    .split("-")
    .map((word, i) => (i === 0 ? word : capital(word)))
    .join("");

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function manifest({ name, module }: NewSystem): string {
  const doors = { ".": "index", "./system": "system", "./watch": "watch" };
  const built = (file: string) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` });
  const exported = (from: (file: string) => object): object =>
    Object.fromEntries(Object.entries(doors).map(([door, file]) => [door, from(file)]));
  return `${JSON.stringify(
    {
      name: `@jobtrail/instrumentation-${name}`,
      version,
      description: `OpenTelemetry spans, job log records and metrics for ${module}.`,
      homepage: `https://github.com/jobtrail/jobtrail/tree/main/packages/instrumentation-${name}#readme`,
      bugs: "https://github.com/jobtrail/jobtrail/issues",
      license: "Apache-2.0",
      repository: {
        type: "git",
        url: "git+https://github.com/jobtrail/jobtrail.git",
        directory: `packages/instrumentation-${name}`,
      },
      files: ["dist"],
      type: "module",
      exports: exported((file) => ({ "@jobtrail/source": `./src/${file}.ts`, ...built(file) })),
      publishConfig: { exports: exported(built), access: "public" },
      dependencies: { "@jobtrail/core": "workspace:*", "@jobtrail/instrumentation": "workspace:*" },
      devDependencies: { "@jobtrail/testing": "workspace:*", "@opentelemetry/api": "catalog:" },
      peerDependencies: { "@opentelemetry/api": "^1.3.0" },
      engines: { node: ">=22.15" },
    },
    null,
    2,
  )}\n`;
}

const readme = ({ name, module, versions }: NewSystem): string => `# @jobtrail/instrumentation-${name}

OpenTelemetry spans, job log records and metrics for ${module}, without a change to the code that uses it.

\`\`\`
npm install @jobtrail/instrumentation-${name}
\`\`\`

\`\`\`js
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { ${classOf(name)} } from "@jobtrail/instrumentation-${name}";

registerInstrumentations({ instrumentations: [new ${classOf(name)}()] });
\`\`\`

| module | versions |
| --- | --- |
| \`${module}\` | \`${versions}\` |
`;

const declaration = ({
  name,
  module,
  versions,
}: NewSystem): string => `import type { JobSystem } from "@jobtrail/instrumentation/system";

/** ${module}, as it is watched. */
export const ${constantOf(name)}: JobSystem = {
  name: "${name.replaceAll("-", "_")}",
  package: "@jobtrail/instrumentation-${name}",
  // The place in a stored job that holds what travels with it.
  carrier: "none: nothing is stored",
  // Whether an id may be another job's later, so that the time of creation tells them apart.
  reusesIds: false,
  variants: [
    {
      name: "${module}",
      module: "${module}",
      versions: "${versions}",
      // "." is the entry. Inner CommonJS files, such as "lib/queue.js", are reached from ES modules without a loader hook.
      files: ["."],
      // Whether one of the files is an ES module.
      esm: true,
      // The events that the hooks can see; the suite compares them with those that the programs make.
      sees: [],
    },
  ],
};
`;

const job = ({ name, module }: NewSystem): string => `import { reader } from "@jobtrail/instrumentation/adapter";
import type { JobReading } from "@jobtrail/instrumentation/adapter";

/** What of a job object of ${module} is read. Take its own type, where it has one. */
export interface Job {
  readonly id: string;
}

/**
 * Reads a job: a function for each field that the object can say, and none for the others. One that
 * throws, or gives another type, costs that field alone. Times are milliseconds, a Date or ISO text.
 *   queue, name, namespace (database, prefix, schema), id, created, delay, ready (from when on it may
 *   start), maxAttempts, priority, trigger, runNumber and attempt (from 1), runMark, carried, input
 */
export const readJob: (job: Job) => JobReading = reader<Job>("${name.replaceAll("-", "_")}", {
  id: ({ id }) => id,
});
`;

const watch = ({ name, module }: NewSystem): string => `import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watcher } from "@jobtrail/instrumentation/adapter";
import { ${constantOf(name)} } from "./system.ts";

/**
 * What of each file is tapped, and what it means in a job's life:
 *   tap(Queue.prototype, "add", (queue, [name]) =>
 *     jobs.queue({ verb: "add", to: { queue: queue.name, name }, stored: (job) => [{ reading: readJob(job) }] }))
 *   tap(Worker.prototype, "run", (worker, [job]) => jobs.run([{ key: job, reading: readJob(job) }]))
 *   after(Job.prototype, "remove", (job) => jobs.event("job.removed", readJob(job)))
 * A scheduler in the process begins with \`jobs.schedules\`: see packages/instrumentation-croner.
 */
const adapter: Adapter = (_jobs) => ({
  ".": (_exports) => [],
});

/** Watches ${module} with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(${constantOf(name)}, { "${module}": adapter });
`;

const entry = ({ name }: NewSystem): string => `import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { ${constantOf(name)} } from "./system.ts";
import { watcher } from "./watch.ts";

export { ${constantOf(name)} };

/** The instrumentation, for \`registerInstrumentations\`. */
export const ${classOf(name)}: InstrumentationClass = instrumentationOf(${constantOf(name)}, watcher);

/** An instance of \`${classOf(name)}\`. */
export type ${classOf(name)} = JobtrailInstrumentation;
`;

const harness = ({ name, service }: NewSystem): string => `${
  service === undefined ? "" : `import { ${service} } from "@jobtrail/testing";\n`
}import type { Harness } from "@jobtrail/testing";
import { ${constantOf(name)} } from "../src/system.ts";

/** How it is tested. What it cannot do stands here, with the reason: \`cannot: { retries: "it does not try again" }\`. */
export const harness: Harness = {
  system: ${constantOf(name)},
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "${classOf(name)}" },
  fixtures: new URL("./", import.meta.url),
  // Each that is written in programs.cjs.
  programs: [],${service === undefined ? "" : `\n  service: ${service},`}
};
`;

const programs = ({ module, service }: NewSystem): string => `/**
 * The programs of the conformance suite, for ${module}. The library is handed in, so that each fixture
 * loads it in its own way. \`NAME\` is of this run alone: what is stored belongs below it.
 */
const { NAME: name${service === undefined ? "" : `, ${addresses[service]}: address`} } = process.env;

/** What the host sees, without ids and times: the suite compares it with and without us. */
const say = (line) => console.log(JSON.stringify(line));

exports.programs = (_library) => ({
  // The suite says what each program must do: the first is \`main\`.
  async main() {
    say({ name${service === undefined ? "" : ", address: typeof address"} });
  },
});
`;

const fixtureCjs = ({ module }: NewSystem): string => `const library = require("${module}");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
`;

const fixtureMjs = ({ module }: NewSystem): string => `import * as library from "${module}";
import { programs } from "./programs.cjs";

await programs(library.default ?? library)[process.argv[2]]();
`;

const test = `import { conformance } from "@jobtrail/testing/vitest";
import { harness } from "./harness.ts";

conformance(harness);
`;
