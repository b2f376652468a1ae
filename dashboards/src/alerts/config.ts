/** A time as Prometheus writes it, such as `15m`. */
export type Duration = string;

/** What counts as wrong. Each may be said for one queue. */
export interface Thresholds {
  /** The share of failed tries that is too much. */
  readonly failureRatio: number;
  /** Tries in an hour below which no share is looked at: one failure of a nightly job is 100 %. */
  readonly failureMinimum: number;
  /** How long a run may work without an end. */
  readonly stuckAfter: Duration;
  /** How long a job may wait. */
  readonly queueAge: Duration;
  /** The size from which a growing backlog matters. */
  readonly backlogMinimum: number;
  /** How long a backlog may grow. */
  readonly backlogFor: Duration;
  /** How long jobs may wait without any worker. */
  readonly noWorkerFor: Duration;
  /** How long jobs may wait without any run that ends. */
  readonly notMovingFor: Duration;
}

/** What counts as wrong with schedules. Each may be said for one schedule. */
export interface ScheduleThresholds {
  /** How long after its time a run counts as missed. */
  readonly missedAfter: Duration;
  /** How late a run may start. */
  readonly lateAfter: Duration;
}

/** What alerts are made from: addresses, what is ignored, and from where something is wrong. */
export interface AlertConfig {
  /** Where Grafana is, for links to boards. */
  readonly grafana: string;
  /** Where `jobtrail serve` is, for links to its pages. */
  readonly jobLog: string;
  /** The folder of the runbooks, as an address. */
  readonly runbooks: string;
  /** Labels that every alert gets, such as a team. */
  readonly labels: Readonly<Record<string, string>>;
  /** Alerts that are left out, by name. */
  readonly disabled: readonly string[];
  /** What no alert is about. */
  readonly ignore: {
    readonly queues: readonly string[];
    readonly jobs: readonly string[];
    readonly schedules: readonly string[];
  };
  /** Services that must always report, as service.namespace/service.name. */
  readonly services: readonly string[];
  /** How long a service that reported may be silent. */
  readonly absentAfter: Duration;
  /** How long a service, or a schedule's next run, is remembered after its process is gone. */
  readonly memory: Duration;
  /** How far back things that should never happen are looked for; so long an alert about them lasts. */
  readonly recent: Duration;
  /** When an alert says something of the Collectors. */
  readonly collector: CollectorThresholds;
  readonly defaults: Thresholds & ScheduleThresholds;
  /** What differs for a queue, by its name. */
  readonly queues: Readonly<Record<string, Partial<Thresholds>>>;
  /** What differs for a schedule, by its id; `every` says how often it must succeed. */
  readonly schedules: Readonly<Record<string, Partial<ScheduleThresholds> & { readonly every?: Duration }>>;
}

/** When an alert says something of the Collectors. */
export interface CollectorThresholds {
  /** The share of a queue that may be full, and for how long it may be more. */
  readonly queueShare: number;
  readonly queueFor: Duration;
  /** How long senders may be refused. */
  readonly refusingFor: Duration;
  /** How often a Collector may start within an hour. */
  readonly restarts: number;
  /** How many messages a Kafka gateway may be behind, and for how long it may be more. */
  readonly kafkaLag: number;
  readonly kafkaLagFor: Duration;
}

/** What holds where a configuration does not say otherwise. */
export const defaultConfig: AlertConfig = {
  grafana: "http://localhost:3000",
  jobLog: "http://localhost:4318",
  runbooks: "https://github.com/jobtrail/jobtrail/blob/main/docs/runbooks",
  labels: {},
  disabled: [],
  ignore: { queues: [], jobs: [], schedules: [] },
  services: [],
  absentAfter: "15m",
  memory: "8d",
  recent: "15m",
  collector: { queueShare: 0.5, queueFor: "5m", refusingFor: "5m", restarts: 3, kafkaLag: 100_000, kafkaLagFor: "15m" },
  defaults: {
    failureRatio: 0.05,
    failureMinimum: 20,
    stuckAfter: "1h",
    queueAge: "15m",
    backlogMinimum: 100,
    backlogFor: "15m",
    noWorkerFor: "5m",
    notMovingFor: "15m",
    missedAfter: "5m",
    lateAfter: "1m",
  },
  queues: {},
  schedules: {},
};

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The seconds of a time such as `15m` or `1h30m`; undefined where it is none. */
export function secondsOf(text: Duration): number | undefined {
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ""] ?? 0), 0);
  return seconds > 0 ? seconds : undefined;
}
