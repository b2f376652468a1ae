import { uidOf } from "../board.ts";
import { labelName } from "../metric.ts";
import type { Label, Naming } from "../metric.ts";
import { runbookOf } from "./alert.ts";
import type { Alert } from "./alert.ts";
import type { AlertConfig } from "./config.ts";

/** How a system's templates say an alert's value and labels. */
export interface Template {
  readonly value: string;
  readonly naming: Naming;
}

const formats: Readonly<Record<string, string>> = {
  percent: "humanizePercentage",
  duration: "humanizeDuration",
  count: 'printf "%.0f"',
};

/** A label within a template's action. */
const reference = (label: string, naming: Naming): string => {
  const name = labelName(label as Label, naming);
  return name.includes(".") ? `(index $labels "${name}")` : `$labels.${name}`;
};

/** A summary with its labels and its value as the template says them. */
export const filled = (text: string, { value, naming }: Template): string =>
  text.replaceAll(/\{(value:)?([a-z.]+)\}/g, (_all, isValue: string | undefined, name: string) =>
    isValue === undefined ? `{{ ${reference(name, naming)} }}` : `{{ ${value} | ${formats[name] ?? ""} }}`,
  );

const variables: Partial<Record<Label, readonly [variable: string, parameter?: string]>> = {
  job: ["service"],
  instance: ["collector"],
  "job.system.name": ["system", "system"],
  "job.queue.name": ["queue", "queue"],
  "job.name": ["job", "name"],
  "job.schedule.id": ["schedule"],
};

/** The addresses that lead on: runbook, board with its variables filled in, job log. */
export function linksOf(alert: Alert, config: AlertConfig, naming: Naming): Readonly<Record<string, string>> {
  const taken = alert.by.flatMap((label) => {
    const taker = variables[label];
    const value = `{{ ${reference(label, naming)} | urlquery }}`;
    return taker === undefined
      ? []
      : [{ variable: `var-${taker[0]}=${value}`, asked: taker[1] && `${taker[1]}=${value}` }];
  });
  const asked = taken.flatMap(({ asked }) => asked ?? []);
  return {
    runbook_url: `${trimmed(config.runbooks)}/${runbookOf(alert)}.md`,
    dashboard_url: address(
      `${trimmed(config.grafana)}/d/${uidOf(alert.board)}`,
      taken.map(({ variable }) => variable),
    ),
    joblog_url: address(`${trimmed(config.jobLog)}/`, asked),
  };
}

const trimmed = (url: string): string => url.replace(/\/+$/, "");

const address = (url: string, parameters: readonly string[]): string =>
  parameters.length === 0 ? url : `${url}?${parameters.join("&")}`;
