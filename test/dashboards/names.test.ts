import { readFileSync } from "node:fs";
import { join } from "node:path";
import { known, labelName, seriesName } from "@jobtrail/dashboards";
import type { Metric } from "@jobtrail/dashboards";
import { expect, it } from "vitest";

const page = readFileSync(join(import.meta.dirname, "../../docs/dashboards.md"), "utf8");

it("spells each metric as the table of docs/dashboards.md says, which real Prometheus servers are compared with", () => {
  const table = [...page.matchAll(/^\| `(job\.[^`]+)` +\| (\w+) +\| `([^`]+)` +\| `([^`]+)` +\|$/gm)].map(
    ([, metric, ...cells]) => [metric, cells],
  );
  const spelled = (Object.keys(known) as Metric[]).map((metric) => [
    metric,
    [known[metric].instrument, seriesName(metric, { names: "underscore" }), seriesName(metric, { names: "utf8" })],
  ]);
  expect(Object.fromEntries(table)).toEqual(Object.fromEntries(spelled));
});

it("spells labels without dots, or as they are", () => {
  expect([labelName("job.queue.name"), labelName("job.queue.name", { names: "utf8" })]).toEqual([
    "job_queue_name",
    "job.queue.name",
  ]);
});
