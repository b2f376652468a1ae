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
  "src/index.ts": source(system),
  "test/conformance.test.ts": test(system),
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
  const built = { types: "./dist/index.d.ts", default: "./dist/index.js" };
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
      exports: { ".": { "@jobtrail/source": "./src/index.ts", ...built } },
      publishConfig: { exports: { ".": built }, access: "public" },
      dependencies: {
        "@jobtrail/conventions": "workspace:*",
        "@jobtrail/core": "workspace:*",
        "@jobtrail/instrumentation": "workspace:*",
      },
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

const source = ({ name, module, versions }: NewSystem): string => `import { version } from "@jobtrail/conventions";
import { all, instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobSystem, JobtrailInstrumentation, Target } from "@jobtrail/instrumentation";

// \`wrap\` puts a wrapper around each function that a job passes; \`to\` takes what it sees.
const watch: Target["watch"] = (_exports, _to) => all([]);

/** ${module}, as it is watched. */
export const ${constantOf(name)}: JobSystem = {
  name: "${name.replaceAll("-", "_")}",
  sees: [],
  carrier: "none",
  targets: [{ module: "${module}", versions: ["${versions}"], watch }],
};

/** The instrumentation, for \`registerInstrumentations\`. */
export const ${classOf(name)}: InstrumentationClass = instrumentationOf(${constantOf(name)}, {
  name: "@jobtrail/instrumentation-${name}",
  version,
});

/** An instance of \`${classOf(name)}\`. */
export type ${classOf(name)} = JobtrailInstrumentation;
`;

const test = ({ name }: NewSystem): string => `import { conformance } from "@jobtrail/testing/vitest";
import { ${constantOf(name)} } from "../src/index.ts";

conformance({
  system: ${constantOf(name)},
  instrumentation: { url: new URL("../src/index.ts", import.meta.url), className: "${classOf(name)}" },
  fixtures: new URL("./", import.meta.url),
  programs: ["main"],
});
`;
