import { isMainThread } from "node:worker_threads";
import { unreachable } from "./channel.ts";
import type { Channel } from "./channel.ts";
import { deliver } from "./deliver.ts";

/** How long an end may wait for the receiver: one that has time, and one that has none. */
const patientMs = 5000;
const hastyMs = 2000;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Sends what is still here when the process ends, in whichever way, and lets it end as it would have. */
export function watchEnds(channels: readonly Channel[]): void {
  let flushedAt = -1;
  const added = (): number => channels.reduce((sum, channel) => sum + channel.added(), 0);
  const flush = async (): Promise<void> => {
    flushedAt = added();
    await Promise.all(
      channels.map(async ({ endpoint, flush }) => {
        if (!(await within(patientMs, flush()))) unreachable(endpoint.url, "ETIMEDOUT");
      }),
    );
  };
  const deliverNow = (): void => {
    const taken = channels.flatMap((channel) =>
      channel.take().map((parcel) => ({ channel, parcel, endpoint: channel.endpoint })),
    );
    for (const { channel, parcel } of deliver(taken, hastyMs)) channel.put(parcel);
  };

  process.on("beforeExit", () => {
    if (added() === flushedAt) return;
    // Work in here makes Node emit the event again. A listener of the app's own must not be called
    // twice for our sake: then the exit handler sends, and here only promises may settle.
    if (process.listenerCount("beforeExit") > 1) for (const channel of channels) void channel.prepare?.();
    else void flush();
  });
  // Natural ends, process.exit, and errors that nobody caught. What a flush could not send is left.
  process.on("exit", () => {
    if (added() !== flushedAt) deliverNow();
  });
  if (isMainThread) for (const signal of signals) onSignal(signal, flush, deliverNow);
}

/**
 * Our listener keeps Node from ending the process, so it steps aside at once. Where nobody else
 * listens, the signal is raised again after the flush. Where someone does, the end is theirs: it may
 * follow at once and without an exit event, so that what is here is sent before they are called.
 */
function onSignal(signal: NodeJS.Signals, flush: () => Promise<void>, deliverNow: () => void): void {
  const listen = (): void => {
    // In front, because some libraries look at who else listens before they act.
    process.prependListener(signal, listener);
  };
  const listener = (): void => {
    process.removeListener(signal, listener);
    if (process.listenerCount(signal) === 0) {
      void flush().then(() => process.kill(process.pid, signal));
      return;
    }
    deliverNow();
    setImmediate(listen).unref();
  };
  listen();
}

/** Waits for something for so long and no longer; only this keeps the process alive. Whether it was in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    // A flush that throws must not become an unhandled rejection of the app's.
    const done = work.then(() => true as const).catch(() => true as const);
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
