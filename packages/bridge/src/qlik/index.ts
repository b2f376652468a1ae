import type { Client } from "../client.ts";
import { troubleOf } from "../poll.ts";
import type { Trouble } from "../poll.ts";
import type { BridgePage, BridgeSource, Opened, Surroundings } from "../source.ts";
import { audits, caughtUp } from "./catch-up.ts";
import { qlikClient } from "./config.ts";
import type { QlikConfig } from "./config.ts";
import { inboxOf } from "./inbox.ts";
import type { Inbox } from "./inbox.ts";
import { heardIn, markShape, pageOf, readingOf, silence } from "./read.ts";
import type { Mark, Reading, Tenant } from "./read.ts";

export { qlikConfig, qlikExample } from "./config.ts";
export type { QlikConfig } from "./config.ts";

type MarkOf = (stored: unknown) => Mark | undefined;

const defaultEveryMs = 300_000;
const firstLookMs = 24 * 3_600_000;
/** Events of webhooks that are sent at once. */
const perPage = 200;

/** Opens the bridge to a tenant. */
export function openQlik(config: QlikConfig, around: Surroundings): Opened {
  const client = qlikClient(config, around);
  const inbox = inboxOf(config.secret, around.clock);
  const mark = (stored: unknown): Mark | undefined => markShape.safeParse(stored).data;
  const tenant: Tenant = { config, around, client, explains: true };
  return {
    live: liveOf(tenant, inbox, mark),
    ...(client !== undefined && { backfill: (since: number) => historyOf(tenant, client, since, mark) }),
    receive: (request) => inbox.receive(request),
    close() {
      inbox.shut();
      client?.close();
    },
  };
}

/** Takes what webhooks deliver at once, and catches up from time to time. */
function liveOf(tenant: Tenant, inbox: Inbox, mark: MarkOf): BridgeSource<Mark> {
  const { name, clock } = tenant.around;
  return {
    name,
    mark,
    async *read(from, stop) {
      const reading = readingOf(tenant, from, clock.now() - firstLookMs);
      inbox.open();
      try {
        yield* heardFrom(inbox, reading, stop);
      } finally {
        inbox.shut();
      }
    },
  };
}

/** All that webhooks deliver, and what the audits have besides, until it is stopped. */
async function* heardFrom(inbox: Inbox, reading: Reading, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  const { around, client, config } = reading.tenant;
  const { every: everyMs = defaultEveryMs } = config;
  const trouble = troubleOf(around, everyMs);
  const { clock, once } = around;
  let due = client === undefined ? Number.POSITIVE_INFINITY : clock.now();
  while (!stop.aborted) {
    yield* delivered(inbox, reading, stop);
    if (client !== undefined && clock.now() >= due) {
      const { isDone, waitMs } = yield* caughtUpOnce({ inbox, reading, client, trouble }, stop);
      if (isDone && once) return;
      due = clock.now() + waitMs;
    }
    await inbox.wait(Math.min(due - clock.now(), everyMs), stop);
  }
}

interface CatchingUp {
  readonly inbox: Inbox;
  readonly reading: Reading;
  readonly client: Client;
  readonly trouble: Trouble;
}

/** One try to catch up, between whose pages webhooks are served; gives the wait until the next. */
async function* caughtUpOnce(
  { inbox, reading, client, trouble }: CatchingUp,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>, { readonly isDone: boolean; readonly waitMs: number }> {
  try {
    for await (const page of caughtUp(reading, client, stop)) {
      yield page;
      yield* delivered(inbox, reading, stop);
    }
    return { isDone: true, waitMs: trouble.over() };
  } catch (error) {
    return { isDone: false, waitMs: stop.aborted ? 0 : trouble.failed(error) };
  }
}

/** What webhooks delivered, page by page. Whoever delivered it is answered when its page was acknowledged. */
async function* delivered(inbox: Inbox, reading: Reading, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  for (let arrived = inbox.take(perPage); arrived.length > 0; arrived = inbox.take(perPage)) {
    const heard = await heardIn(
      arrived.map(({ text }) => text),
      "webhook",
      reading,
      stop,
    );
    const { tenant } = reading;
    // Without a key nothing else says that the tenant is heard.
    yield { ...pageOf(reading, heard), ...(tenant.client === undefined && { until: tenant.around.clock.now() }) };
    for (const { answer } of arrived) answer({ status: 200, text: "taken" });
  }
}

/** The audits since a time, once. */
function historyOf(tenant: Tenant, client: Client, since: number, mark: MarkOf): BridgeSource<Mark> {
  const { around } = tenant;
  return {
    name: around.name,
    mark,
    async *read(from, stop) {
      const trouble = troubleOf(around, 1);
      const end = client.now();
      const reading = readingOf(tenant, from, since);
      while (!stop.aborted) {
        try {
          for await (const page of audits(reading, client, end, stop)) yield page;
          yield { ...pageOf(reading, silence), share: 1 };
          return;
        } catch (error) {
          if (stop.aborted) return;
          await around.clock.wait(trouble.failed(error), stop);
        }
      }
    },
  };
}
