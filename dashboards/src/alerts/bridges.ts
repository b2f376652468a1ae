import { increased, max, promql, series, sum } from "../promql.ts";
import type { Alert } from "./alert.ts";
import { secondsOf } from "./config.ts";

const bridge = ["job.system.name", "job.bridge.name"] as const;

/** Alerts about bridges to the job logs of other systems. */
export const bridgeAlerts: readonly Alert[] = [
  {
    name: "JobBridgeBehind",
    severity: "critical",
    summary: "The bridge {job.bridge.name} is behind its source",
    about:
      "A bridge has not read all of its source for too long, so no other alert can speak of that system. The source cannot be read, or the receiver does not accept records.",
    source: "bridge",
    by: bridge,
    board: "bridges",
    over: "everything",
    uses: [],
    metrics: ({ config: { absentAfter } }) => ({
      expr: promql`${max(series("job.bridge.lag", []), bridge)} > ${secondsOf(absentAfter) ?? 0}`,
      for: "1m",
    }),
  },
  {
    name: "JobBridgeRefuses",
    severity: "warning",
    summary: "The bridge {job.bridge.name} refused {value:count} records",
    about:
      "Records of a source do not agree with its documentation, and are kept aside. The source was changed, or something else answers in its place.",
    source: "bridge",
    by: bridge,
    board: "bridges",
    over: "everything",
    uses: [],
    metrics: ({ config }) => ({
      expr: promql`${sum(increased("job.bridge.refusals", [], config.recent), bridge)} > 0`,
      for: "0m",
    }),
  },
  {
    name: "JobBridgeLimitExceeded",
    severity: "warning",
    summary: "{value:count} runs of {job.name} in {job.system.name} exceeded a limit",
    about:
      "Runs of a bridged system ended because a limit of that system was exceeded. They will end so again until the work becomes smaller or the limit higher.",
    source: "bridge",
    by: ["job.system.name", "job.name"],
    board: "bridges",
    over: "everything",
    uses: [],
    metrics: ({ config }) => ({
      expr: promql`${sum(increased("job.run.duration", [["error.type", "=", "limit_exceeded"]], config.recent), ["job.system.name", "job.name"])} > 0`,
      for: "0m",
    }),
  },
];
