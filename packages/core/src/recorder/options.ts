import type { Span } from "@opentelemetry/api";
import { checkSettings, readSettings, wrongOption } from "@jobtrail/conventions";
import type { DefinitionAttributes, Relationship, Settings } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { diag } from "../globals.ts";
import { guard } from "../guard.ts";
import type { Render } from "./render.ts";
import { withoutSecrets } from "../event/redact.ts";
import type { Redact } from "../event/redact.ts";

/** Settings that are functions here, or nothing that a recorder knows. */
type Elsewhere = "relationship" | "ignore" | "sdk" | "record" | "account";

/** What can be chosen in code: every setting, and what only a function can say. */
export interface RecorderOptions extends Partial<Omit<Settings, Elsewhere>> {
  /** How a run's span relates to the span that queued its job. */
  readonly relationship?: Relationship | ((started: JobEvent) => Relationship);
  /** Queues, names and schedules that are not watched, or a function that says so. */
  readonly ignore?: readonly string[] | ((definition: DefinitionAttributes) => boolean);
  /** Rewrites every error text before it is kept; by default what looks like a secret is replaced. */
  readonly redact?: Redact;
  /** Sees each run's span when it opens. */
  readonly requestHook?: (span: Span, started: JobEvent) => void;
  /** Sees each run's span before it ends. */
  readonly endHook?: (span: Span, ended: JobEvent) => void;
  /** The service that asks where no actor is named. */
  readonly service?: string | undefined;
  /** What log records tell, in a documented schema: they carry it as `recordAs` says. */
  readonly render?: Render | undefined;
}

/** Options as the recorder uses them: each is there. */
export interface Chosen extends Omit<Settings, Elsewhere> {
  readonly relationship: Relationship | ((started: JobEvent) => Relationship);
  readonly ignores: (definition: DefinitionAttributes) => boolean;
  readonly redact: Redact;
  readonly requestHook: RecorderOptions["requestHook"];
  readonly endHook: RecorderOptions["endHook"];
  readonly service: string | undefined;
  readonly render: Render | undefined;
}

/** Fills up options from the environment. What cannot be used is reported through `diag`, and the default holds. */
export function choose(options: RecorderOptions, env: NodeJS.ProcessEnv = process.env): Chosen {
  const { settings, warnings } = readSettings(env);
  const { functions, plain } = sorted(options);
  const { usable, warnings: refused } = checkSettings(plain);
  for (const warning of [...warnings, ...refused, ...notFunctions(options)]) warn(warning);
  const relationship = functions.relationship ?? usable.relationship ?? settings.relationship;
  const ignore = functions.ignore ?? usable.ignore ?? settings.ignore;
  return {
    ...settings,
    ...usable,
    relationship,
    ignores: typeof ignore === "function" ? ignore : ignoring(ignore),
    redact: functions.redact ?? withoutSecrets,
    requestHook: functions.requestHook,
    endHook: functions.endHook,
    service: options.service ?? env["OTEL_SERVICE_NAME"],
    render: functions.render,
  };
}

/** The options that are functions and nothing else. */
const functionsOnly = ["redact", "requestHook", "endHook", "render"] as const;

const mayBeFunctions: readonly string[] = [...functionsOnly, "relationship", "ignore"];

/** A line for each option that had to be a function and is none. */
const notFunctions = (options: RecorderOptions): readonly string[] =>
  functionsOnly
    .map((name) => [name, options[name] as unknown] as const)
    .filter(([, value]) => value !== undefined && typeof value !== "function")
    .map(([name, value]) => wrongOption(name, value, "a function"));

/** The options that may be functions, and here are. */
type Functions = {
  readonly [Name in keyof RecorderOptions]?: Extract<RecorderOptions[Name], (...args: never[]) => unknown>;
};

/** Tells the options that are functions from those that settings can be. */
function sorted(options: RecorderOptions): {
  readonly functions: Functions;
  readonly plain: Partial<Record<keyof Settings, unknown>>;
} {
  const entries = Object.entries(options);
  const isFunction = ([name, value]: [string, unknown]): boolean =>
    typeof value === "function" && mayBeFunctions.includes(name);
  return {
    functions: Object.fromEntries(entries.filter(isFunction)),
    plain: Object.fromEntries(entries.filter((entry) => !isFunction(entry))),
  };
}

const warned = new Set<string>();

/** Every instrumentation reads the same environment: one warning is enough. */
function warn(warning: string): void {
  if (warned.has(warning)) return;
  warned.add(warning);
  guard("diag", () => diag.warn(`jobtrail: ${warning}`));
}

const ignoring =
  (names: readonly string[]) =>
  (definition: DefinitionAttributes): boolean =>
    names.length > 0 &&
    [definition["job.queue.name"], definition["job.name"], definition["job.schedule.id"]].some(
      (name) => name !== undefined && names.includes(name),
    );
