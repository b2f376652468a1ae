import { existsSync, readFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

/**
 * A reporter whose last line is `N passed, N failed, N skipped`. A file or a hook that crashes
 * counts as failed. On CI a skip fails the run unless the list of skips names it.
 */
export function count(list: string, ci = process.env["CI"] === "true"): Reporter {
  return {
    onTestRunEnd(modules, unhandled) {
      const skipped = skips(modules, list);
      const refused = ci && skipped.some(({ reason }) => reason === undefined);
      const lines = [...skipped.map(({ line }) => line), countLine(modules, unhandled)];
      // Vitest and what it loads print until the process ends, so this waits for that.
      process.once("exit", () => {
        if (refused) process.exitCode = 1;
        process.stdout.write(`${lines.join("\n")}\n`);
      });
    },
  };
}

function countLine(modules: readonly TestModule[], unhandled: readonly SerializedError[]): string {
  const states = modules.flatMap((module) => [...module.children.allTests()]).map((test) => test.result().state);
  const of = (state: string): number => states.filter((each) => each === state).length;
  const failed = of("failed") + of("pending") + crashes(modules) + unhandled.length;
  return `${of("passed")} passed, ${failed} failed, ${of("skipped")} skipped`;
}

const crashes = (modules: readonly TestModule[]): number =>
  modules.flatMap((module) => [module, ...module.children.allSuites()]).filter((suite) => suite.errors().length > 0)
    .length;

interface Skip {
  readonly line: string;
  /** Why the list permits it; absent where it does not. */
  readonly reason: string | undefined;
}

function skips(modules: readonly TestModule[], list: string): Skip[] {
  const reasons = read(list);
  return modules
    .flatMap((module) => [...module.children.allTests("skipped")])
    .map((test) => {
      const name = fullName(test);
      const reason = reasons.get(name);
      return {
        reason,
        line:
          reason === undefined
            ? `skipped, not listed in .ci/skips: ${name}${note(test)}`
            : `skipped: ${name}  # ${reason}`,
      };
    });
}

const fullName = (test: TestCase): string => `${test.module.relativeModuleId} > ${test.fullName}`;

function note(test: TestCase): string {
  const result = test.result();
  return result.state === "skipped" && result.note !== undefined ? `  # ${result.note}` : "";
}

/** The reason of each skip that the list permits: one per line, `name  # reason`. */
function read(list: string): ReadonlyMap<string, string> {
  const lines = existsSync(list) ? readFileSync(list, "utf8").split("\n") : [];
  return new Map(
    lines
      .map((line) => line.split("  # "))
      .flatMap(([name = "", reason]) => (reason === undefined || name.startsWith("#") ? [] : [[name.trim(), reason]])),
  );
}
