/**
 * Boards and alerts for a Prometheus 3 that keeps UTF-8 names, native histograms, or both: real jobs send their metrics
 * to its OTLP receiver, every panel of metrics returns series, and every rule fires, stays silent and resolves.
 * The first time it builds Prometheus 3.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { defaultConfig, writeAlerts } from "@jobtrail/dashboards";
import type { Naming } from "@jobtrail/dashboards";
import { stringify } from "yaml";
import { missing, otelcol } from "../../collector/otelcol.ts";
import { startPrometheus } from "../../collector/prometheus.ts";
import { cases } from "../alerts.cases.ts";
import { judged, run } from "../promtool.ts";
import { firing, namesMissing, shown, variablesOf } from "../real/ask.ts";
import { startStack } from "../real/stack.ts";
import type { Feed } from "../real/stack.ts";
import { spelled } from "./spelled.ts";

/** Each folder of boards beside the usual ones. */
const namings: Readonly<Record<string, Naming>> = {
  native: { names: "underscore", histograms: "native" },
  utf8: { names: "utf8", histograms: "classic" },
  "utf8-native": { names: "utf8", histograms: "native" },
};

const waitMs = 240_000;

if (otelcol() === undefined) throw new Error(missing);
const programs = execFileSync(join(import.meta.dirname, "build.sh"), { encoding: "utf8" }).trim();
const wanted = process.argv.slice(2);
for (const [name, naming] of Object.entries(namings)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await rulesHold(name, naming);
  await panelsFill(name, naming);
}

/** Each rule is one that promtool takes, and does what its cases say. */
async function rulesHold(name: string, naming: Naming): Promise<void> {
  const program = join(programs, "promtool");
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-rules-"));
  try {
    const file = join(folder, "rules.yaml");
    writeFileSync(file, stringify(writeAlerts("prometheus", defaultConfig, { naming }), { lineWidth: 0 }));
    assert.equal(await run(["check", "rules", file], program), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const each of cases) {
    const said = await judged(defaultConfig, spelled(each, naming), { program, naming });
    assert.equal(said, "", `${each.name}: ${said}`);
  }
  console.log(`${name}: promtool takes the rules, and ${cases.length} cases of them hold`);
}

/** Real jobs fill every panel of metrics, offer every variable, and fire the one alert that is true. */
async function panelsFill(name: string, naming: Naming): Promise<void> {
  await using stack = await startStack(otlp(naming));
  const series = new Map<string, number>();
  const deadline = Date.now() + waitMs;
  const empty = (): string[] => [...series].filter(([, count]) => count === 0).map(([key]) => key);
  do {
    await setTimeout(2000);
    for (const { board, panel, series: count } of await shown(stack.prometheus, naming)) {
      const key = `${board}: ${panel.title}`;
      series.set(key, Math.max(series.get(key) ?? 0, count));
    }
  } while (empty().length > 0 && Date.now() < deadline);
  assert.deepEqual(empty(), [], `${name}: these panels are empty`);
  console.log(`${name}: each of ${series.size} panels of metrics returns series`);
  console.log([...series].map(([key, count]) => `  ${key}: ${count}`).join("\n"));
  assert.deepEqual(await namesMissing(stack.prometheus, naming), []);
  const { service, system, queue, schedule } = await variablesOf(stack.prometheus, naming);
  assert.deepEqual(
    { service, system, queue, schedule },
    {
      service: ["shop/mailer", "shop/orders", "shop/scheduler"],
      system: ["bullmq", "croner", "pgboss"],
      queue: ["mail", "orders"],
      schedule: ["nightly"],
    },
  );
  let fired = await firing(stack.prometheus, naming);
  while (fired.length === 0 && Date.now() < deadline) {
    await setTimeout(1000);
    fired = await firing(stack.prometheus, naming);
  }
  assert.deepEqual(fired, ["JobFailedForGood refund"]);
  console.log(`${name}: the one alert that is true fires, and no other`);
}

/** Processes send their metrics to the OTLP receiver themselves; the Collector sends what it derives. */
function otlp(naming: Naming): Feed {
  return {
    naming,
    start: (config) =>
      startPrometheus(
        stringify({
          ...config,
          otlp: {
            translation_strategy:
              naming.names === "utf8" ? "NoUTF8EscapingWithSuffixes" : "UnderscoreEscapingWithSuffixes",
            convert_histograms_to_nhcb: naming.histograms === "native",
          },
          storage: { tsdb: { out_of_order_time_window: "1m" } },
        }),
        { program: join(programs, "prometheus"), args: ["--web.enable-otlp-receiver"] },
      ),
    backend: "backends/prometheus.yaml",
    direct: ({ url }) => ({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/api/v1/otlp/v1/metrics` }),
  };
}
