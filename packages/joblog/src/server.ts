import { fromMillis } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { tell } from "@jobtrail/core/recorder";
import { createApp } from "./app.ts";
import { openWays } from "./compat/index.ts";
import type { WayOptions } from "./compat/index.ts";
import { steadyTime } from "./clock.ts";
import type { JobStore, Retention, Summary } from "./contract.ts";
import { listen } from "./listen.ts";
import { openStore } from "./store.ts";

/** How a job log is started. */
export interface JobLogOptions extends WayOptions {
  /** The folder that holds the data, made where it is absent. Without one all is kept in memory and gone at the end. */
  readonly data?: string;
  /** 4318 by default, where OpenTelemetry SDKs send to; 0 for any free one. */
  readonly port?: number;
  /** `localhost` by default: all loopback addresses. Another one opens the job log to the network; it has no login. */
  readonly host?: string;
  /** How long jobs that are over are kept, in milliseconds: 400 days by default, for ever with Infinity. */
  readonly retainMs?: number;
  /** Scopes that are kept for another time, in milliseconds. */
  readonly retainScopesMs?: Readonly<Record<string, number>>;
  /** Scopes of which nothing is forgotten, whatever its age; `*` for all. */
  readonly hold?: readonly string[];
  /** Further host names that requests may be addressed to, such as a container's. */
  readonly allowHosts?: readonly string[];
  /** How many readers may follow the stream of changes at once; 1000 by default. Each open page is one. */
  readonly streamReaders?: number;
}

/** A running job log. */
export interface JobLog extends AsyncDisposable {
  /** Where its pages are and telemetry is sent to. */
  readonly url: string;
  /** What it holds, counted. */
  summary(): Promise<Summary>;
  /** Ends it; what was acknowledged is kept. */
  close(): Promise<void>;
}

/**
 * Starts a job log.
 * @throws StartError where it cannot listen, StoreError where the data cannot be opened.
 */
export async function startJobLog(options: JobLogOptions = {}): Promise<JobLog> {
  const { data, port = 4318, host = "localhost", allowHosts = [], streamReaders = 1000 } = options;
  const store = await openStore({ ...(data !== undefined && { data }) });
  const ways = await openWays(store, options, data);
  try {
    for (const { day, reason } of await store.problems()) tell(`joblog: reading the day ${day}`, new Error(reason));
    const names = [...(host === "localhost" || isWildcard(host) ? [] : [host]), ...allowHosts];
    const app = createApp(store, {
      hosts: { names, anyAddress: isWildcard(host) },
      streamReaders,
      ways: ways.app,
    });
    const listening = await listen(app, host, port);
    const stop = forgetOld(store, options);
    const close = once(async () => {
      stop();
      await listening.close();
      await ways[Symbol.asyncDispose]();
      await store.close();
    });
    return {
      url: `http://${urlHost(host)}:${listening.port}`,
      summary: () => store.summary(),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await ways[Symbol.asyncDispose]();
    await store.close();
    throw error;
  }
}

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

const urlHost = (host: string): string => (isWildcard(host) ? "localhost" : host.includes(":") ? `[${host}]` : host);

/** The clock is looked at this often, or as often as jobs may get old where that is more. */
const lookEveryMs = 60_000;

/** The least time between two looks. */
const lookAtMostEveryMs = 1000;

const defaultRetainMs = 400 * 86_400_000;

/** Forgets jobs that are too old, at a time of day that can be believed. */
function forgetOld(store: JobStore, { retainMs = defaultRetainMs, retainScopesMs, hold }: JobLogOptions): () => void {
  const retention = (time: number): Retention => ({
    before: timeBefore(time, retainMs),
    ...(retainScopesMs !== undefined && {
      scopes: Object.fromEntries(Object.entries(retainScopesMs).map(([scope, ms]) => [scope, timeBefore(time, ms)])),
    }),
    ...(hold !== undefined && { hold }),
  });
  const steady = steadyTime({ wall: Date.now, elapsed: () => performance.now() });
  let running = false;
  const look = async (): Promise<void> => {
    const time = steady();
    if (running || time === undefined) return;
    running = true;
    try {
      await store.prune(retention(time));
    } catch (error) {
      // It is tried again the next time.
      tell("joblog: forgetting old jobs", error);
    } finally {
      running = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), Math.max(lookAtMostEveryMs, Math.min(retainMs, lookEveryMs)));
  return () => clearInterval(timer);
}

const timeBefore = (time: number, ms: number): HrTime => fromMillis(Math.max(0, time - ms));

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
};
