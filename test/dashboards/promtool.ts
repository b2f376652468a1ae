import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { usual, writeAlerts } from "@jobtrail/dashboards";
import type { AlertConfig, Naming } from "@jobtrail/dashboards";
import type { Service } from "@jobtrail/testing";
import { stringify } from "yaml";

/** promtool, which Debian's package of Prometheus holds. */
export const promtool: Pick<Service, "name" | "install" | "find"> = {
  name: "promtool",
  install: "apt-get install prometheus",
  find: () =>
    (process.env["PATH"] ?? "")
      .split(delimiter)
      .map((folder) => join(folder, "promtool"))
      .find((file) => existsSync(file)),
};

/** What is firing at a moment: each alert with its labels. */
export interface Firing {
  readonly at: string;
  readonly alerts: readonly Readonly<Record<string, string>>[];
}

/** Series over time, and what fires. */
export interface Case {
  readonly name: string;
  /** Values by series, one a minute, as promtool writes them. */
  readonly series: Readonly<Record<string, string>>;
  readonly firing: readonly Firing[];
  /** Annotations of one alert at a moment, where they are looked at. */
  readonly annotated?: {
    readonly at: string;
    readonly alertname: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

/** Which promtool is run, and how the series are spelled that its rules are about. */
export interface Judge {
  readonly program: string;
  readonly naming: Naming;
}

/** Debian's promtool, and what every Prometheus has. */
const debian: Judge = { program: "promtool", naming: usual };

/** What promtool says of a case; nothing where everything is as it says. */
export async function judged(config: AlertConfig, each: Case, { program, naming }: Judge = debian): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-rules-"));
  try {
    writeFileSync(
      join(folder, "rules.yaml"),
      stringify(writeAlerts("prometheus", config, { naming }), { lineWidth: 0 }),
    );
    writeFileSync(join(folder, "test.yaml"), stringify(fileOf(each), { lineWidth: 0 }));
    return await run(["test", "rules", join(folder, "test.yaml")], program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What promtool says; nothing where it is content. */
export const run = (args: readonly string[], program: string = debian.program): Promise<string> =>
  new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => resolve(error === null ? "" : `${stdout}${stderr}`));
  });

const fileOf = ({ name, series, firing, annotated }: Case): object => ({
  rule_files: ["rules.yaml"],
  evaluation_interval: "1m",
  tests: [
    {
      name,
      interval: "1m",
      input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
      promql_expr_test: firing.map(({ at, alerts }) => ({
        expr: 'ALERTS{alertstate="firing"}',
        eval_time: at,
        exp_samples: alerts.map((labels) => ({ labels: `ALERTS${selector(labels)}`, value: 1 })),
      })),
      ...(annotated !== undefined && {
        alert_rule_test: [
          {
            eval_time: annotated.at,
            alertname: annotated.alertname,
            exp_alerts: [{ exp_labels: annotated.labels, exp_annotations: annotated.annotations }],
          },
        ],
      }),
    },
  ],
});

const selector = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries({ alertstate: "firing", ...labels })
    .map(([name, value]) => `${name.includes(".") ? JSON.stringify(name) : name}=${JSON.stringify(value)}`)
    .join(",")}}`;
