import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { alerts, defaultConfig } from "@jobtrail/dashboards";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

async function run(...args: readonly string[]): Promise<Ended> {
  await using command = jobtrail(["alerts", ...args]);
  return await command.ended;
}

interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const rulesOf = (text: string): Rule[] =>
  (parse(text) as { groups: readonly { rules: readonly Rule[] }[] }).groups.flatMap(({ rules }) => rules);

test("the list has every alert with what it needs", async () => {
  const { out, code } = await run("list");
  expect(code).toBe(0);
  expect(alerts.filter(({ name }) => !out.includes(`\n${name} `))).toEqual([]);
  expect(out).toMatch(/^JobBacklogGrowing +warning +an observer +More jobs come than leave/m);
});

test("the printed configuration is the one that holds by default", async () => {
  using folder = temporary();
  const { out } = await run("config");
  expect(parse(out)).toEqual(defaultConfig);
  const file = join(folder.path, "alerts.yaml");
  writeFileSync(file, out);
  const [own, usual] = [
    await run("export", "--format", "prometheus", "--config", file),
    await run("export", "--format", "prometheus"),
  ];
  expect(own).toEqual(usual);
  expect([...new Set(rulesOf(usual.out).map(({ alert }) => alert))]).toEqual(alerts.map(({ name }) => name));
});

test("each format is a file of its own kind", async () => {
  using folder = temporary();
  const out = join(folder.path, "rules", "jobtrail.yaml");
  const shape = async (format: string): Promise<unknown> => {
    await run("export", "--format", format, "--out", out);
    const { apiVersion, kind, groups, spec } = parse(readFileSync(out, "utf8"));
    const all = groups ?? spec.groups;
    return {
      apiVersion,
      kind,
      groups: all.map(({ name, rules }: Group) => [name, rules.length]),
      first: Object.keys(all[0].rules[0]),
    };
  };
  expect({
    operator: await shape("prometheus-operator"),
    grafana: await shape("grafana"),
    loki: await shape("loki"),
  }).toMatchInlineSnapshot(`
    {
      "grafana": {
        "apiVersion": 1,
        "first": [
          "uid",
          "title",
          "condition",
          "data",
          "noDataState",
          "execErrState",
          "for",
          "labels",
          "annotations",
          "isPaused",
        ],
        "groups": [
          [
            "jobtrail-jobs",
            5,
          ],
          [
            "jobtrail-schedules",
            2,
          ],
          [
            "jobtrail-queues",
            4,
          ],
          [
            "jobtrail-pipeline",
            4,
          ],
          [
            "jobtrail-collectors",
            8,
          ],
          [
            "jobtrail-bridges",
            3,
          ],
        ],
        "kind": undefined,
      },
      "loki": {
        "apiVersion": undefined,
        "first": [
          "alert",
          "expr",
          "for",
          "labels",
          "annotations",
        ],
        "groups": [
          [
            "jobtrail-jobs",
            4,
          ],
          [
            "jobtrail-schedules",
            2,
          ],
          [
            "jobtrail-pipeline",
            2,
          ],
        ],
        "kind": undefined,
      },
      "operator": {
        "apiVersion": "monitoring.coreos.com/v1",
        "first": [
          "alert",
          "expr",
          "for",
          "labels",
          "annotations",
        ],
        "groups": [
          [
            "jobtrail-jobs",
            5,
          ],
          [
            "jobtrail-schedules",
            2,
          ],
          [
            "jobtrail-queues",
            4,
          ],
          [
            "jobtrail-pipeline",
            4,
          ],
          [
            "jobtrail-collectors",
            8,
          ],
          [
            "jobtrail-bridges",
            3,
          ],
        ],
        "kind": "PrometheusRule",
      },
    }
  `);
});

test("what Loki's ruler cannot know is said, and stays off the standard output", async () => {
  const { out, err } = await run("export", "--format", "loki");
  expect(rulesOf(out).length).toBeGreaterThan(5);
  expect(err).toBe(
    "Log records do not hold enough for: JobRunStuck, JobQueueAge, JobBacklogGrowing, JobQueueWithoutWorkers, JobQueueNotMoving, JobRecordsDropped, JobRecordsRefused, CollectorQueueFilling, CollectorQueueFull, CollectorRefusesRecords, CollectorLosesTelemetry, CollectorRecordsTooOld, CollectorAbsent, CollectorRestarts, CollectorBehindKafka, JobBridgeBehind, JobBridgeRefuses, JobBridgeLimitExceeded. These alerts need Prometheus.\n",
  );
});

test("a configuration changes what it says and leaves the rest", async () => {
  using folder = temporary();
  const file = join(folder.path, "alerts.yaml");
  writeFileSync(
    file,
    `defaults: {queueAge: 1h}\ndisabled: [JobsStalled]\nignore: {jobs: [ping]}\nqueues: {reports: {queueAge: 4h}}\n`,
  );
  const { out, err } = await run("export", "--format", "prometheus", "--config", file);
  expect(err).toBe("");
  const rules = rulesOf(out);
  expect(rules.filter(({ alert }) => alert === "JobsStalled")).toEqual([]);
  const ages = rules.filter(({ alert }) => alert === "JobQueueAge").map(({ expr }) => expr);
  expect(ages.map((expr) => [...expr.matchAll(/> (\d+)/g)].map(([, seconds]) => seconds))).toEqual([
    ["3600", "3600"],
    ["14400", "14400"],
  ]);
  expect(ages[0]).toContain('job_queue_name!~"reports"');
  expect(rules.find(({ alert }) => alert === "JobsFailing")?.expr).toContain('job_name!~"ping"');
});

test("a configuration that is wrong names each field, what was expected and what was found", async () => {
  using folder = temporary();
  const file = join(folder.path, "alerts.yaml");
  writeFileSync(
    file,
    `grafna: x
jobLog: localhost
labels: {a-b: x, c: 1}
disabled: [JobsFailin]
ignore: {queues: mail}
defaults: {failureRatio: 5, queueAge: 10 minutes, stukAfter: 1h, backlogMinimum: 0.5}
queues: {mail: 5m, slow: {every: 1d}}
schedules: []
`,
  );
  const { err, out, code } = await run("export", "--format", "prometheus", "--config", file);
  expect({ out, code }).toEqual({ out: "", code: 1 });
  expect(err.replaceAll(file, "FILE")).toMatchInlineSnapshot(`
    "JOBTRAIL_ALERTS_CONFIG_INVALID: FILE has errors. To correct:
      jobLog is "localhost"; expected an address that begins with http:// or https://.
      labels.a-b is "a-b"; expected a name of letters, digits and _.
      labels.c is 1; expected a text.
      disabled.0 is "JobsFailin"; expected one of JobsFailing, JobFailedForGood, JobRetriesExhausted, JobRunStuck, JobsStalled, ScheduleMissed, ScheduleLate, JobQueueAge, JobBacklogGrowing, JobQueueWithoutWorkers, JobQueueNotMoving, JobTelemetryAbsent, JobRecordsDropped, JobRecordsRefused, JobLogGap, CollectorQueueFilling, CollectorQueueFull, CollectorRefusesRecords, CollectorLosesTelemetry, CollectorRecordsTooOld, CollectorAbsent, CollectorRestarts, CollectorBehindKafka, JobBridgeBehind, JobBridgeRefuses, JobBridgeLimitExceeded.
      ignore.queues is "mail"; expected a list of names.
      defaults.failureRatio is 5; expected less than 1.
      defaults.queueAge is "10 minutes"; expected a time such as 90s, 15m, 1h30m or 8d.
      defaults.backlogMinimum is 0.5; expected a whole number from 1.
      defaults.stukAfter is not known; do you mean stuckAfter?
      queues.mail is "5m"; expected a map of names and values.
      queues.slow.every is not known; do you mean queueAge?
      schedules is []; expected a map of names and values.
      grafna is not known; do you mean grafana?
    "
  `);
  writeFileSync(file, "a: [");
  expect((await run("export", "--format", "prometheus", "--config", file)).err.replaceAll(file, "FILE")).toMatch(
    /^JOBTRAIL_INPUT_UNREADABLE: FILE cannot be read: .* at line 1, column 5\.\n$/,
  );
  expect((await run("export", "--format", "loki", "--datasource", "x")).err).toBe(
    "JOBTRAIL_OPTION_UNFIT: --datasource does not apply to --format loki; it is for grafana.\n",
  );
});
