import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { context, diag } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { EventName, JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import type { RecorderOptions } from "@jobtrail/core/recorder";

import { filesOf } from "@jobtrail/instrumentation/system";
import { assertConventional, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import * as library from "bullmq";
import type { Job, Processor, QueueOptions, WorkerOptions } from "bullmq";
import { bullmq } from "../src/system.ts";
import { watcher } from "../src/watch.ts";
import { version } from "./version.ts";

// As every SDK and the register set it.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

// What the instrumentation keeps from its host, it tells here.
const kept: unknown[] = [];
const keep = (...said: unknown[]): void => void (String(said[0]).startsWith("jobtrail:") && kept.push(said));
const mute = (): void => undefined;
diag.setLogger({ error: keep, warn: mute, info: mute, debug: mute, verbose: mute });

export type SpanData = ReturnType<Telemetry["spans"]>[number];
type Connection = QueueOptions["connection"];
/** Processors may give anything, now or later; BullMQ's type asks for a promise. */
type Work = (job: Job, token?: string) => unknown;
type Given<Options> = Partial<Options> & { readonly name?: string };

/** BullMQ on a Redis, watched; at the end what was opened is closed, and what was emitted is checked against the registry. */
export interface Watching extends Telemetry {
  /** A name that only this test has. */
  readonly name: string;
  readonly connection: Connection;
  queue(options?: Given<QueueOptions>): library.Queue;
  /** A worker that is at work. */
  worker(work: Work | string, options?: Given<WorkerOptions>): Promise<library.Worker>;
  flows(options?: Partial<QueueOptions>): library.FlowProducer;
  /** Has something closed at the end. */
  opened<T extends { close(): unknown }>(closable: T): T;
  /** Waits for the n-th event of a name. @throws Error where it does not come. */
  event(name: EventName, n?: number): Promise<JobEvent>;
  /** The events of a name. */
  named(name: EventName): readonly JobEvent[];
  /** What was told, in words. */
  told(...keys: readonly (keyof JobAttributes)[]): readonly unknown[];
  /** The span of an event. @throws Error where none has ended. */
  spanOf(event: JobEvent | undefined): SpanData;
  undo(): void;
}

const deadlineMs = 15_000;

/** Watches BullMQ in this process, with Redis at a URL. */
export function watching(url: string, options: RecorderOptions = {}): Watching {
  const telemetry = startTelemetry();
  const scope = { name: "@jobtrail/instrumentation-bullmq", version: "0" };
  const to = createRecorder(scope, options, sdkSink(telemetry.providers));
  const watching = watcher(to);
  for (const file of filesOf(bullmq)) watching.loaded({ ...file, version, exports: library });
  const undo = (): void => watching.undo();
  const name = `q${randomUUID()}`;
  const connection = { url, maxRetriesPerRequest: null };
  const closables: { close(): unknown }[] = [];
  const opened: Watching["opened"] = (closable) => {
    closables.unshift(closable);
    return closable;
  };
  const named = (wanted: EventName): readonly JobEvent[] => telemetry.events().filter((event) => event.name === wanted);
  return {
    ...telemetry,
    name,
    connection,
    undo,
    opened,
    named,
    queue: ({ name: own = name, ...rest } = {}) => opened(new library.Queue(own, { connection, ...rest })),
    flows: (rest) => opened(new library.FlowProducer({ connection, ...rest })),
    async worker(work, { name: own = name, ...rest } = {}) {
      const worker = opened(new library.Worker(own, work as Processor, { connection, ...rest }));
      // Without a listener BullMQ prints errors that a test provokes.
      worker.on("error", () => undefined);
      await worker.waitUntilReady();
      return worker;
    },
    async event(wanted, n = 1) {
      const found = await until(() => named(wanted)[n - 1]);
      if (found !== undefined) return found;
      throw new Error(
        `no ${wanted} number ${n} came; seen: ${telemetry
          .events()
          .map((event) => event.name)
          .join(", ")}`,
      );
    },
    told: (...keys) =>
      telemetry
        .events()
        .map((event) =>
          [event.name, ...keys.map((key) => event.attributes[key])].filter((value) => value !== undefined),
        ),
    spanOf(event) {
      const span = telemetry.spans().find(({ spanId }) => spanId === event?.span?.spanId);
      if (span === undefined) throw new Error(`no span has ended for ${event?.name ?? "an event that is missing"}`);
      return span;
    },
    async [Symbol.asyncDispose]() {
      for (const closable of closables) await closable.close();
      undo();
      await assertConventional(telemetry);
      if (kept.length > 0) throw new Error(`a failure was kept from the host: ${kept.splice(0).flat().join(" ")}`);
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

/** Asks again and again until there is an answer; none at the deadline. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  for (const from = Date.now(); Date.now() - from < deadlineMs; await pause(10)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  return undefined;
}

/** Some of an event's attributes. */
export const pick = (event: JobEvent | undefined, ...keys: (keyof JobAttributes)[]): unknown[] =>
  keys.map((key) => event?.attributes[key]);

/** The spans that a span is linked to, by what they are to it. */
export const linksOf = ({ links }: SpanData): Readonly<Record<string, string>> =>
  Object.fromEntries(links.map(({ spanId, attributes }) => [String(attributes["job.link.type"]), spanId]));

/** A promise that a processor waits for, and the way to let it go on. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

/** A processor that does its work in the job's first run, and succeeds in all others. */
export const firstOnly =
  (work: Work): Work =>
  async (job, token) =>
    job.attemptsStarted === 1 ? await work(job, token) : "at last";
