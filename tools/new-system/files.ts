import { version } from "../../packages/conventions/src/version.ts";

/** A job system that is to be watched. */
export interface NewSystem {
  /** As in the package's name, such as `node-cron`. */
  readonly name: string;
  /** The npm package that the app imports. */
  readonly module: string;
  /** The semver range that is watched. */
  readonly versions: string;
}

/** The files of a new instrumentation by their path in its folder, complete but for what only its author knows. */
export const filesOf = (system: NewSystem): Readonly<Record<string, string>> => ({
  "package.json": manifest(system),
  "README.md": readme(system),
  "src/index.ts": entry(system),
  "src/system.ts": declaration(system),
  "src/watch.ts": watch(system),
  "test/conformance.test.ts": test,
  "test/harness.ts": harness(system),
});

/** `node-cron` as a class: `NodeCronInstrumentation`. */
export const classOf = (name: string): string => `${name.split("-").map(capital).join("")}Instrumentation`;

/** `node-cron` as a constant: `nodeCron`. */
const constantOf = (name: string): string =>
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
      peerDependencies: { "@opentelemetry/api": "^1.10.0" },
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
  carrier: "none",
  reusesIds: false,
  variants: [{ name: "${module}", module: "${module}", versions: "${versions}", files: ["."], esm: true, sees: [] }],
};
`;

const watch = ({ name, module }: NewSystem): string => `import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watcher } from "@jobtrail/instrumentation/adapter";
import { ${constantOf(name)} } from "./system.ts";

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

const harness = ({ name }: NewSystem): string => `import type { Harness } from "@jobtrail/testing";
import { ${constantOf(name)} } from "../src/system.ts";

/** How it is tested, and what it cannot do. */
export const harness: Harness = {
  system: ${constantOf(name)},
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "${classOf(name)}" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main"],
};
`;

const test = `import { conformance } from "@jobtrail/testing/vitest";
import { harness } from "./harness.ts";

conformance(harness);
`;
