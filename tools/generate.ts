/**
 * Writes every generated file from its source, or with `--check` says which are out of date.
 * `--picture` also takes the README's picture of the page, which needs chromium.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { alertFiles } from "./generate/alerts.ts";
import { backendsPage } from "./generate/backends.ts";
import { besidePage } from "./generate/beside.ts";
import { dashboardFiles } from "./generate/dashboards.ts";
import { exampleCollector } from "./generate/example.ts";
import type { Generated } from "./generate/file.ts";
import { errorsPage } from "./generate/errors.ts";
import { names } from "./generate/names.ts";
import { operatorFiles } from "./generate/operator.ts";
import { projects } from "./generate/projects.ts";
import { queriesPage } from "./generate/queries.ts";
import { runbooksPage } from "./generate/runbooks.ts";
import { jsonSchemaFiles, schemasPage } from "./generate/schemas.ts";
import { settingsPage } from "./generate/settings.ts";
import { readme, systemsPage } from "./generate/systems.ts";
import { telemetryPage } from "./generate/telemetry.ts";
import { version } from "./generate/version.ts";

const root = join(import.meta.dirname, "..");

/** Every generated file, as it should be now. */
export function generated(): Generated[] {
  return [
    version(),
    names(),
    telemetryPage(),
    settingsPage(),
    errorsPage(),
    systemsPage(),
    besidePage(),
    readme(),
    backendsPage(),
    schemasPage(),
    ...jsonSchemaFiles(),
    ...operatorFiles(root),
    exampleCollector(),
    ...dashboardFiles(),
    ...alertFiles(),
    runbooksPage(),
    queriesPage(),
    ...projects(root),
  ];
}

/** The paths whose file differs from what would be generated. */
export const outOfDate = (): string[] =>
  generated()
    .filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text)
    .map(({ path }) => path);

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const stale = outOfDate();
    if (stale.length > 0) {
      console.error(`Out of date: ${stale.join(", ")}. Run: pnpm generate`);
      process.exitCode = 1;
    }
  } else {
    for (const { path, text } of generated()) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    if (process.argv.includes("--picture")) (await import("./generate/picture.ts")).picture(root);
  }
}
