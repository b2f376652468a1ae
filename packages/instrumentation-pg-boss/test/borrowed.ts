import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { context } from "@opentelemetry/api";
import type { TracerProvider } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import type { RecorderOptions } from "@jobtrail/core/recorder";
import { startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { PgBoss } from "pg-boss";
import type { ConstructorOptions } from "pg-boss";
import * as manager from "pg-boss/dist/manager.js";
import * as telemetry from "pg-boss/dist/telemetry.js";
import { watcher } from "../src/watch.ts";

/** A pg-boss with a schema of its own that is watched, until it is given back. */
export interface Borrowed extends AsyncDisposable {
  readonly boss: PgBoss;
  readonly schema: string;
  readonly telemetry: Telemetry;
  /** Waits for the n-th event of a name. @throws Error where it does not come. */
  event(name: EventName, n?: number): Promise<JobEvent>;
  /** Watches no more. */
  undo(): void;
  /** What is stored with the jobs, in the order of their creation. */
  stored(): Promise<unknown[]>;
}

/** What is asked of pg-boss and of the recorder. */
export interface Wish {
  readonly options?: Partial<ConstructorOptions>;
  readonly recorder?: RecorderOptions;
  /** Where spans go, instead of being caught. */
  readonly tracer?: TracerProvider;
}

const files: Readonly<Record<string, unknown>> = { "dist/manager.js": manager, "dist/telemetry.js": telemetry };
// As every SDK and the register set it.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const deadlineMs = 20_000;

/** Starts a pg-boss that is watched. */
export async function borrow(connectionString: string, { options, recorder, tracer }: Wish = {}): Promise<Borrowed> {
  const caught = startTelemetry();
  const scope = { name: "@jobtrail/instrumentation-pg-boss", version: "0" };
  const providers = { ...caught.providers(), ...(tracer !== undefined && { tracer }) };
  const to = createRecorder(
    scope,
    recorder,
    sdkSink(() => providers),
  );
  const watching = watcher(to);
  for (const [file, exports] of Object.entries(files))
    watching.loaded({ module: "pg-boss", file, version: "12.38.0", exports });
  const schema = `t${randomUUID().replaceAll("-", "")}`;
  const boss = new PgBoss({ connectionString, schema, max: 4, supervise: false, schedule: false, ...options });
  boss.on("error", () => undefined);
  await boss.start();
  return {
    boss,
    schema,
    telemetry: caught,
    undo: () => watching.undo(),
    async event(name, n = 1) {
      const from = Date.now();
      for (;;) {
        const found = caught.events().filter((event) => event.name === name)[n - 1];
        if (found !== undefined) return found;
        const seen = caught.events().map((event) => event.name);
        if (Date.now() - from > deadlineMs) throw new Error(`no ${name} number ${n} came; seen: ${seen.join(", ")}`);
        await pause(20);
      }
    },
    async stored() {
      const text = `SELECT trace_context FROM ${schema}.job ORDER BY created_on, id`;
      const { rows } = await boss.getDb().executeSql(text);
      return rows.map((row) => row.trace_context as unknown);
    },
    async [Symbol.asyncDispose]() {
      await boss.stop({ timeout: 1000 });
      watching.undo();
      await caught[Symbol.asyncDispose]();
    },
  };
}

/** How often a worker asks for jobs. */
export const soon = { pollingIntervalSeconds: 0.5 };

/** Some of an event's attributes. */
export const pick = (event: JobEvent | undefined, ...keys: (keyof JobAttributes)[]): unknown[] =>
  keys.map((key) => event?.attributes[key]);

/** The events of a name that were caught. */
export const named = (caught: Telemetry, name: EventName): readonly JobEvent[] =>
  caught.events().filter((event) => event.name === name);
