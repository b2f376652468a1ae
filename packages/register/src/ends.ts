import timers from "node:timers";
import { sendNow } from "@jobtrail/delivery";
import type { Answer } from "@jobtrail/delivery";
import { losses } from "./channel.ts";
import type { Channel } from "./channel.ts";
import { isMainThread } from "./report.ts";

// As they are now: a test environment may replace them later.
const { setTimeout, clearTimeout, setImmediate } = timers;

/** How long an end may wait for the receiver: one that has time, and one that has none. */
const patientMs = 5000;
const hastyMs = 2000;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Sends what is still here when the process ends, in whichever way, and lets it end as it would have. */
export function watchEnds(channels: readonly Channel[]): void {
  const ends = new Ends(channels);
  process.on("beforeExit", () => {
    if (!ends.isNew()) return;
    // Work in here makes Node emit the event again. A listener of the app's own must not be called
    // twice for our sake: then the exit handler sends, and here only promises may settle.
    if (process.listenerCount("beforeExit") > 1) for (const channel of channels) void channel.prepare?.();
    else void ends.flush();
  });
  // Natural ends, process.exit, and errors that nobody caught.
  process.on("exit", () => {
    ends.send(true);
    ends.giveUp();
  });
  if (isMainThread()) for (const signal of signals) onSignal(signal, ends);
}

/** What is done with all channels when the process ends. */
class Ends {
  readonly #channels: readonly Channel[];
  /** How much had been recorded when a flush of it began that is over. */
  readonly #flushed = new Map<Channel, number>();
  /** The same for flushes that are under way. */
  readonly #flushing = new Map<Channel, number>();

  constructor(channels: readonly Channel[]) {
    this.#channels = channels;
  }

  /** Whether anything was recorded since the last flush began. */
  isNew(): boolean {
    return this.#channels.some((each) => each.added() !== (this.#flushing.get(each) ?? this.#flushed.get(each)));
  }

  async flush(): Promise<void> {
    await Promise.all(
      this.#channels.map(async (channel) => {
        const added = channel.added();
        this.#flushing.set(channel, added);
        await within(patientMs, channel.flush());
        this.#flushing.delete(channel);
        this.#flushed.set(channel, added);
      }),
    );
  }

  /** Sends all that no flush has tried, while the process waits. @param isLast whether it ends now for certain. */
  send(isLast: boolean): void {
    const untried = this.#channels.filter((each) => each.added() !== this.#flushed.get(each));
    sendNow(
      untried.map((channel) => ({ outbox: channel.outbox, chunks: channel.take() })),
      hastyMs,
      isLast,
    );
    if (!isLast) losses.tell(false);
  }

  /** Says that what still waits is lost. */
  giveUp(): void {
    for (const { outbox } of this.#channels) outbox.giveUp(silence);
    losses.tell(true);
  }
}

/** What is known of a request that a flush has waited for in vain. */
const silence: Answer = {
  kind: "failed",
  code: "ETIMEDOUT",
  message: "no answer in time",
  connected: true,
  reused: false,
  isLasting: false,
  waitedMs: patientMs,
};

/**
 * Our listener keeps Node from ending the process, so it steps aside at once. Where nobody else
 * listens, the signal is raised again after the flush. Where someone does, the end is theirs: it may
 * follow at once and without an exit event, so what is here is sent before they are called.
 */
function onSignal(signal: NodeJS.Signals, ends: Ends): void {
  const listen = (): void => {
    // In front, because some libraries look at who else listens before they act.
    process.prependListener(signal, listener);
  };
  const leave = async (): Promise<void> => {
    await ends.flush();
    ends.giveUp();
    process.kill(process.pid, signal);
  };
  const listener = (): void => {
    process.removeListener(signal, listener);
    if (process.listenerCount(signal) === 0) {
      void leave();
      return;
    }
    ends.send(false);
    const again = setImmediate(listen);
    again.unref?.();
  };
  listen();
}

/** Waits for something for so long and no longer; only this keeps the process alive. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    // A flush that throws must not become an unhandled rejection of the app's.
    await Promise.race([work.then(() => undefined).catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
