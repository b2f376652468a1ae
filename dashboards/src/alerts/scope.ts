import type { Matcher } from "../promql.ts";
import type { Alert, Scope } from "./alert.ts";
import type { AlertConfig } from "./config.ts";

/** The scopes that an alert needs a rule for: all, and each queue or schedule that says otherwise. */
export function scopesOf(alert: Alert, config: AlertConfig): Scope[] {
  if (alert.over === "queues") return [rest(alert, config, "queues"), ...special(alert, config, "queues")];
  if (alert.over === "schedules")
    return [rest(alert, config, "schedules"), ...special(alert, config, "schedules"), ...expected(alert, config)];
  return [{ where: [], at: config.defaults, config }];
}

type Kind = "queues" | "schedules";

const labels = { queues: "job.queue.name", schedules: "job.schedule.id" } as const;

/** A text as a regular expression within a string of PromQL. */
const literal = (text: string): string => escaped(text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));

/** A text within a string of PromQL. */
export const escaped = (text: string): string => text.replaceAll("\\", String.raw`\\`).replaceAll('"', String.raw`\"`);

const noneOf = (label: Matcher[0], names: readonly string[]): Matcher[] =>
  names.length === 0 ? [] : [[label, "!~", names.map(literal).join("|")]];

function rest(alert: Alert, config: AlertConfig, kind: Kind): Scope {
  const apart = apartFor(alert, config, kind).map(([name]) => name);
  return {
    where: [
      ...noneOf(labels[kind], [...config.ignore[kind], ...apart]),
      ...(kind === "queues" && alert.by.includes("job.name") ? noneOf("job.name", config.ignore.jobs) : []),
    ],
    at: config.defaults,
    config,
  };
}

/** The queues or schedules that say something which the alert uses. */
function apartFor(alert: Alert, config: AlertConfig, kind: Kind): (readonly [name: string, Partial<Scope["at"]>])[] {
  const all: Readonly<Record<string, Partial<Scope["at"]>>> = config[kind];
  return Object.entries(all)
    .filter(([name]) => !config.ignore[kind].includes(name))
    .filter(([, own]) => alert.uses.some((key) => key in own));
}

const special = (alert: Alert, config: AlertConfig, kind: Kind): Scope[] =>
  apartFor(alert, config, kind).map(([name, own]) => ({
    where: [[labels[kind], "=", escaped(name)]],
    at: { ...config.defaults, ...own },
    config,
  }));

/** The schedules of which is said how often they must succeed. */
function expected(alert: Alert, config: AlertConfig): Scope[] {
  if (!alert.uses.includes("missedAfter")) return [];
  return Object.entries(config.schedules).flatMap(([schedule, { every, ...own }]) =>
    every === undefined
      ? []
      : [
          {
            where: [["job.schedule.id", "=", escaped(schedule)]] as const,
            at: { ...config.defaults, ...own },
            config,
            every: { schedule, interval: every },
          },
        ],
  );
}
