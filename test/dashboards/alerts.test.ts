import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alerts, defaultConfig, runbookOf, writeAlerts } from "@jobtrail/dashboards";
import type { AlertConfig } from "@jobtrail/dashboards";
import { absenceOf } from "@jobtrail/testing";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { cases, configured } from "./alerts.cases.ts";
import { judged, promtool, run } from "./promtool.ts";
import { folder } from "./board.ts";

const absence = absenceOf({ ...promtool, start: () => Promise.reject(new Error("not a server")) }, process.env);
if (absence !== undefined && !absence.fails) console.log(`Skipped: ${absence.line}`);

const own: AlertConfig = {
  ...defaultConfig,
  labels: { team: "jobs" },
  ignore: { queues: ["a.b"], jobs: [], schedules: [] },
  queues: { slow: { queueAge: "1h" } },
  schedules: { nightly: { every: "10m" } },
};

describe.skipIf(absence !== undefined && !absence.fails)("the alerts", () => {
  it("are rules that Prometheus takes", async () => {
    expect(await run(["check", "rules", join(folder, "alerts/prometheus.yaml")])).toBe("");
  });

  it.each(cases)("$name", async (each) => {
    expect(await judged(defaultConfig, each)).toBe("");
  });

  it.each(configured)("$name", async (each) => {
    expect(await judged(own, each)).toBe("");
  });

  it("are rules that Prometheus takes where queues and schedules have names of any kind", async () => {
    const odd = `a"b\\c.d|e{}`;
    const config: AlertConfig = {
      ...defaultConfig,
      services: [odd],
      ignore: { queues: [odd], jobs: [odd], schedules: [odd] },
      queues: { 'x"y\\z': { queueAge: "1h", stuckAfter: "2h" } },
      schedules: { 'x"y\\z': { every: "1d", lateAfter: "10m" } },
    };
    const temporary = mkdtempSync(join(tmpdir(), "jobtrail-rules-"));
    try {
      const path = join(temporary, "rules.yaml");
      writeFileSync(path, stringify(writeAlerts("prometheus", config)));
      expect(await run(["check", "rules", path])).toBe("");
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});

it("tests that each alert fires, and that it resolves", () => {
  const names = new Set(
    cases.flatMap(({ firing }) =>
      firing.at(-1)?.alerts.length === 0 ? firing.flatMap((each) => each.alerts.map(({ alertname }) => alertname)) : [],
    ),
  );
  expect(names).toEqual(new Set(alerts.map(({ name }) => name)));
});

it("gives each alert a runbook that says what it means, what to look at and what to do", () => {
  const runbooks = join(folder, "../docs/runbooks");
  const headings = (path: string): string[] => readFileSync(join(runbooks, path), "utf8").match(/^#+ .*$/gm) ?? [];
  const pages = globSync("*.md", { cwd: runbooks }).filter((path) => path !== "README.md");
  expect(Object.fromEntries(pages.map((path) => [path, headings(path)]))).toEqual(
    Object.fromEntries(
      alerts.map((alert) => [
        `${runbookOf(alert)}.md`,
        [`# ${alert.name}`, "## What it means", "## What to look at", "## What to do"],
      ]),
    ),
  );
});

it("gives Grafana no dollar sign where it would read an environment variable, but escaped", () => {
  const { groups } = writeAlerts("grafana", { ...defaultConfig, labels: { price: "$5" } }) as {
    readonly groups: readonly { readonly rules: readonly Record<string, unknown>[] }[];
  };
  const rules = groups.flatMap((group) => group.rules.map(({ annotations: _, ...rule }) => rule));
  expect(rules.map(({ labels }) => labels)).toContainEqual({ price: "$$5", severity: "critical" });
  expect(rules.filter((rule) => JSON.stringify(rule).replaceAll("$$", "").includes("$"))).toEqual([]);
});
