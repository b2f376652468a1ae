import { createHmac } from "node:crypto";
import { join } from "node:path";
import { fromIso, fromMillis, toMillis } from "@jobtrail/core/event";
import { tell } from "@jobtrail/core/recorder";
import type { HrTime } from "@opentelemetry/api";
import { Hono } from "hono";
import type { Context } from "hono";
import { newBell } from "../bell.ts";
import type { JobHistory, JobStore } from "../contract.ts";
import { json } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { Deliveries } from "./deliveries.ts";
import type { DeliveryRow, Ended, Progress } from "./deliveries.ts";
import { endedRunsOf, qlikError, qlikKeyOf, runKeyOf } from "./qlik.ts";
import { eventOf } from "./qlik-envelope.ts";
import { jobsIn } from "./records.ts";
import type { Owner } from "./records.ts";
import { isWhole } from "./scope.ts";

/** Where the ends of runs are delivered. */
export interface WebhookOptions {
  readonly url: string;
  /** Signs each delivery; without one there is no `Qlik-Signature`. */
  readonly secret?: string | undefined;
  /** The folder that keeps what was delivered; without one a restart begins anew. */
  readonly folder?: string | undefined;
}

/** Delivers the ends of runs until it is closed. */
export interface Webhook extends AsyncDisposable {
  readonly deliveries: Deliveries;
  /** Sends a delivery again; false where there is none of this id. */
  resend(id: string): boolean;
}

/** The file's name in its folder. */
const fileName = "qlik-webhook.db";

/** Changes that are read from the job log at once. */
const portion = 100;

/** How long an answer may take, and the longest wait between two tries, in milliseconds. */
const limits = { answer: 10_000, wait: 3_600_000 } as const;

/** How long what was taken is remembered, in milliseconds: Qlik keeps the history of deliveries as long. */
const keptMs = 7 * 86_400_000;

/**
 * Posts an event for each run that ends from now on, as Qlik's webhooks do: one request for each, signed, again and
 * again with growing waits until it is answered with 2xx. It begins with what ends after its first start.
 */
export async function openWebhook(
  store: JobStore,
  owner: Owner,
  { url, secret, folder }: WebhookOptions,
): Promise<Webhook> {
  const deliveries = new Deliveries(folder === undefined ? undefined : join(folder, fileName));
  if (deliveries.progress === undefined) deliveries.add([], await store.newest(), Date.now());
  const bell = newBell();
  const undo = store.watch(bell.ring);
  const stop = new AbortController();
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await collect(store, owner, deliveries);
        const first = deliveries.first();
        const wait = first === undefined ? limits.wait : (first.next ?? 0) - Date.now();
        if (first === undefined || wait > 0) await bell.heard(Math.max(0, Math.min(wait, limits.wait)));
        else await deliver(first, { deliveries, url, secret, stop: stop.signal });
      } catch (error) {
        // The disk may be full: it is tried again, and the job log goes on.
        tell("joblog: delivering to the webhook", error);
        await bell.heard(limits.answer);
      }
    }
  };
  const working = work();
  return {
    deliveries,
    resend(id) {
      const isThere = deliveries.again(id, Date.now());
      bell.ring();
      return isThere;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      undo();
      bell.ring();
      await working;
      deliveries.close();
    },
  };
}

/** Adds the runs that have ended since the last look. */
async function collect(store: JobStore, owner: Owner, deliveries: Deliveries): Promise<void> {
  for (;;) {
    const { change, begun } = deliveries.progress ?? { change: 0, begun: 0 };
    const { changes, last, isGap } = await store.changes(change, portion);
    if (isGap) await catchUp(store, owner, deliveries, { change, begun });
    const histories = await store.histories(changes.map(({ job }) => job.uid));
    const found = histories.flatMap((history) => ended(history, owner));
    if (found.length > 0 || last !== change) deliveries.add(found, last, Date.now());
    if (changes.length === 0) return deliveries.forget(Date.now() - keptMs);
  }
}

/** How long before the last look jobs are looked at again: their records may have been under way. */
const overlapMs = 10 * 60_000;

/**
 * What changed is not remembered over a restart: jobs that were heard of since the last look are looked at again. The
 * number of a change is its time in microseconds.
 */
async function catchUp(
  store: JobStore,
  owner: Owner,
  deliveries: Deliveries,
  { change, begun }: Progress,
): Promise<void> {
  const from = fromMillis(Math.floor(change / 1000) - overlapMs);
  for await (const { history } of jobsIn(store, { where: [], range: { of: "heard", from } })) {
    const found = ended(history, owner).filter(({ time }) => time !== undefined && toMillis(time) >= begun);
    if (found.length > 0) deliveries.add(found, change, Date.now());
  }
}

/** The events of a job's ended runs. */
const ended = (history: JobHistory, owner: Owner): readonly (Ended & { readonly time: HrTime | undefined })[] =>
  endedRunsOf(history, owner).map((record) => {
    const event = eventOf(record);
    return {
      id: event.id,
      run: `${history.job.uid} ${runKeyOf(record)}`,
      event: JSON.stringify(event),
      time: fromIso(event.time ?? ""),
    };
  });

interface Sending {
  readonly deliveries: Deliveries;
  readonly url: string;
  readonly secret: string | undefined;
  readonly stop: AbortSignal;
}

async function deliver({ id, event, tries }: DeliveryRow, { deliveries, url, secret, stop }: Sending): Promise<void> {
  const signature = secret === undefined ? {} : { "qlik-signature": signatureOf(secret, event) };
  const outcome = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "Jobtrail", ...signature },
    body: event,
    redirect: "manual",
    signal: AbortSignal.any([stop, AbortSignal.timeout(limits.answer)]),
  }).then(
    async (answer) => {
      await answer.body?.cancel();
      return { status: answer.status, isTaken: answer.ok, after: secondsIn(answer.headers.get("retry-after")) };
    },
    (error: unknown) => ({ status: null, isTaken: false, after: undefined, message: reasonOf(error) }),
  );
  if (stop.aborted && !outcome.isTaken) return;
  const now = Date.now();
  const message = outcome.isTaken ? null : "message" in outcome ? outcome.message : `answered ${outcome.status}`;
  deliveries.answered(id, {
    status: outcome.status,
    message,
    now,
    next: outcome.isTaken ? null : now + waitAfter(tries, outcome.after),
  });
}

/** The signature of a delivery, over the bytes of its body. */
const signatureOf = (secret: string, body: string): string => createHmac("sha256", secret).update(body).digest("hex");

/** One second, two, four …, an hour at the most, a fifth more or less; or as long as the receiver asks. */
function waitAfter(tries: number, afterSeconds: number | undefined): number {
  const wait = Math.max(1000 * 2 ** Math.min(tries, 12), (afterSeconds ?? 0) * 1000);
  return Math.round(Math.min(wait, limits.wait) * (0.8 + 0.4 * Math.random()));
}

const secondsIn = (header: string | null): number | undefined =>
  header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined;

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause instanceof Error ? cause.message || cause.name : String(cause)).slice(0, 200);
}

const path = "/compat/qlik/api/v1/webhooks/jobtrail/deliveries";

/**
 * The log of deliveries and the resend of one, at the paths of Qlik's webhooks interface. They are of all jobs, so that
 * a token with a scope does not do.
 */
export function webhookWay(asked: Asked, webhook: Webhook): Hono {
  const app = new Hono();
  app.use(`${path}/*`, async (c: Context, next) => {
    const key = qlikKeyOf(c, asked);
    if (key === undefined) return qlikError(401, "Unauthorized", "The bearer token is missing or unknown.");
    if (!isWhole(key.scope))
      return qlikError(403, "Forbidden", "Deliveries are of all jobs: use a token without a scope.");
    return next();
  });
  app.get(path, () => json({ data: webhook.deliveries.newest(100).map(shown) }));
  app.post(`${path}/:id/actions/resend`, (c) => {
    const id = c.req.param("id");
    return webhook.resend(id)
      ? new Response(null, { status: 204 })
      : qlikError(404, "Not found", `No delivery has the id ${id.slice(0, 100)}.`);
  });
  return app;
}

const shown = ({ id, event, tries, next, status, message, made, sent }: DeliveryRow): object => ({
  id,
  status: next === null ? "success" : tries === 0 ? "waiting" : "fail",
  ...(message !== null && { statusMessage: message }),
  triggeredAt: new Date(made).toISOString(),
  tries,
  ...(sent !== null && { sentAt: new Date(sent).toISOString() }),
  ...(next !== null && { nextAt: new Date(next).toISOString() }),
  request: { body: JSON.parse(event) as unknown },
  response: { status },
});
