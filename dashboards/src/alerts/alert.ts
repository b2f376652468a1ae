import type { BoardId, Source } from "../board.ts";
import type { Label } from "../metric.ts";
import type { Matcher, Promql } from "../promql.ts";
import type { AlertConfig, ScheduleThresholds, Thresholds } from "./config.ts";

/** How soon someone has to look: now, today, or when there is time. */
export type Severity = "critical" | "warning" | "info";

/** A condition, and how long it must hold. */
export interface Condition<Expr> {
  readonly expr: Expr;
  readonly for: string;
}

/** What an alert is made for: all queues, all schedules, or what one of them says otherwise. */
export interface Scope {
  readonly where: readonly Matcher[];
  readonly at: Thresholds & ScheduleThresholds;
  readonly config: AlertConfig;
  /** The schedule's id and how often it must succeed, where the configuration says so. */
  readonly every?: { readonly schedule: string; readonly interval: string };
}

/** One alert. */
export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  /** What has happened, with labels in single braces. */
  readonly summary: string;
  /** What it means, and what to do first. */
  readonly about: string;
  /** Whose series it needs. */
  readonly source: Source;
  /** The labels of what it is about. */
  readonly by: readonly Label[];
  readonly board: BoardId;
  /** Over what it is asked, and which thresholds it uses. */
  readonly over: "queues" | "schedules" | "services" | "everything";
  readonly uses: readonly (keyof (Thresholds & ScheduleThresholds))[];
  readonly metrics: (scope: Scope) => Condition<Promql>;
  /** The same asked of the job log's records, where they tell. */
  readonly records?: (scope: Scope) => Condition<string>;
}

/** The file of an alert's runbook, without its ending. */
export const runbookOf = ({ name }: Pick<Alert, "name">): string =>
  name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
