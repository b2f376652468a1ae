import type { Label } from "./metric.ts";
import type { Promql } from "./promql.ts";

/** The boards, by the name that their files have. */
export const boardIds = [
  "overview",
  "queue",
  "job",
  "run",
  "audit",
  "schedules",
  "pipeline",
  "collector",
  "slo",
  "bridges",
] as const;

/** The name of a board. */
export type BoardId = (typeof boardIds)[number];

/** A value's unit, by Grafana's word for it. */
export type Unit = "none" | "short" | "ops" | "percentunit" | "s" | "dateTimeFromNow" | "bytes";

/** A query of metrics. In a table each is a column. */
export interface MetricQuery {
  readonly language: "promql";
  readonly expr: Promql;
  /** What a series is called: text and labels, joined by spaces. By default its labels. */
  readonly legend?: readonly (Label | { readonly text: string })[];
  /** A column's unit, where it is not the panel's. */
  readonly unit?: Unit;
  /** Whether dots lead from the line to traces. */
  readonly exemplars?: boolean;
}

/** A query of log records, in LogQL. */
export interface LogQuery {
  readonly language: "logql";
  readonly expr: string;
  /** By default the labels. */
  readonly legend?: string;
}

/** A query of spans, in TraceQL. */
export interface TraceQuery {
  readonly language: "traceql";
  readonly expr: string;
}

/** A query of any language. */
export type Query = MetricQuery | LogQuery | TraceQuery;

/** From where a value turns yellow and red; `below` where small values are the bad ones. */
export interface Thresholds {
  readonly warn?: number;
  readonly bad: number;
  readonly below?: boolean;
}

/** Whose series a panel shows. Most come from the processes themselves. */
export type Source = "process" | "schedule" | "observer" | "gateway" | "collector" | "bridge" | "logs" | "traces";

/** How a panel draws: one number, lines, a table with a column per query, a heat map, log lines, a list of traces. */
export type PanelKind = "stat" | "timeseries" | "table" | "heatmap" | "logs" | "traces";

/** One panel. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  /** What it shows, and what to look at when it is red. */
  readonly about: string;
  readonly kind: PanelKind;
  readonly unit: Unit;
  readonly source: Source;
  readonly queries: readonly Query[];
  /** The labels of each series; links lead on with their values. */
  readonly by: readonly Label[];
  /** The board that tells more. */
  readonly to: BoardId;
  readonly thresholds?: Thresholds;
  /** Of 24 columns. */
  readonly width: number;
  readonly height: number;
  /** Areas on top of each other. */
  readonly stacked?: boolean;
  /** The query, from 0, by whose column a table is sorted, largest first. */
  readonly sortBy?: number;
  /** Why the windows of its queries are fixed, where they do not follow the panel's resolution. */
  readonly fixedWindows?: string;
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A value that the viewer chooses. */
export type Variable =
  | {
      readonly kind: "query";
      readonly name: string;
      readonly title: string;
      readonly about: string;
      /** Series whose label holds the values. */
      readonly expr: Promql;
      readonly label: Label;
      /** What stands for all values in a query; by default every one of them. */
      readonly all?: string;
    }
  | {
      readonly kind: "choice";
      readonly name: string;
      readonly title: string;
      readonly about: string;
      readonly values: readonly string[];
    }
  | {
      readonly kind: "text";
      readonly name: string;
      readonly title: string;
      readonly about: string;
      readonly value: string;
    };

/** One board. */
export interface Board {
  readonly id: BoardId;
  readonly title: string;
  readonly about: string;
  /** How far it looks back at first. */
  readonly from: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

/** What a board's address and a file's name begin with. */
export const uidOf = (id: BoardId): string => `jobtrail-${id}`;

/** What an empty panel says. */
export const emptyText: Readonly<Record<Source, string>> = {
  process:
    "No series. Has a process with Jobtrail run in this time, and do its metrics reach this data source? If they do, choose All in the variables above.",
  schedule:
    "No series. No schedule has run in this time, or its system does not say this. Only croner says when it will run next.",
  observer: "Needs an observer. A process sees only the jobs that it works on; nothing has reported the queue itself.",
  gateway: "Needs a Collector with gateway.yaml, which counts the records and spans that pass through it.",
  collector: "No metrics of a Collector. Let Prometheus scrape its port 18888.",
  bridge:
    "No series. No bridge to this system has run in this time, or it had nothing to report. See jobtrail bridge --help.",
  logs: "No records. Does the logs data source take OpenTelemetry attributes as structured metadata, and is event.name among them?",
  traces: "No spans. Do traces reach this data source, and were these sampled?",
};
