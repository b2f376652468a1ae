import type { JobError, JobEvent } from "../../packages/core/src/event/index.ts";
import { JobStory } from "../../packages/joblog/test/story.ts";
import type { Kind } from "../../packages/joblog/test/story.ts";

const orders: Kind = { system: "pgboss", namespace: "pgboss", queue: "orders", name: "charge-card" };
const invoices: Kind = { system: "pgboss", namespace: "pgboss", queue: "invoices", name: "build-invoice" };
const receipts: Kind = { system: "bullmq", namespace: "bull/0", queue: "email", name: "send-receipt" };
const pictures: Kind = { system: "bullmq", namespace: "bull/0", queue: "media", name: "resize-picture" };

const errorIn = (type: string, message: string, ...places: string[]): JobError => ({
  type,
  message,
  stack: [`${type}: ${message}`, ...places.map((place) => `    at ${place}`)].join("\n"),
});

const refused = errorIn(
  "CardRefused",
  "The bank refused the card: insufficient funds",
  "charge (/srv/shop/payments.js:41:11)",
  "async handler (/srv/shop/worker.js:17:5)",
  "async Manager.processJob (/srv/shop/node_modules/pg-boss/src/manager.js:302:9)",
);
const busy = errorIn("ETIMEDOUT", "smtp.example.com:587 did not answer within 5 s", "send (/srv/shop/mail.js:23:13)");
const torn = errorIn("InvoiceIncomplete", "Order 4129 has no billing address", "build (/srv/shop/invoice.js:88:15)");

/** A shop's last half hour, ended at a time in Unix seconds: most of it goes well, some of it does not. */
export function scene(end: number): { readonly events: readonly JobEvent[]; readonly failed: string } {
  const random = pseudoRandom(11);
  const events: JobEvent[] = [];
  for (let i = 0; i < 90; i++) {
    const begin = end - 40 - i * 21 - random() * 8;
    events.push(...ordinary(i, begin, random));
  }
  const failed = chargeThatFails(end - 150);
  const lost = workerThatDied(end - 212);
  return { events: [...events, ...failed.events, ...lost, ...atWork(end)], failed: failed.uid };
}

/** One of the many jobs that nobody looks at; now and then one is tried twice. */
function ordinary(i: number, begin: number, random: () => number): JobEvent[] {
  const kind = [receipts, pictures, orders, receipts, invoices][i % 5] ?? receipts;
  const actor =
    i % 5 === 2 ? { "job.actor.type": "user", "job.actor.id": ["ann", "bela", "chiara"][i % 3] ?? "ann" } : {};
  const job = new JobStory(kind, String(4200 - i), { ...service, ...actor } as typeof service, begin);
  const wait = 0.02 + random() * 0.6;
  const work = 0.05 + random() * (kind === pictures ? 4 : 0.9);
  const counted = kind === receipts ? { "job.counter.emails": 1 } : {};
  if (i % 17 !== 5)
    return [
      job.queued(0),
      job.started(1, wait, { "job.run.wait": wait, ...worker }),
      job.succeeded(1, wait + work, { "job.run.duration": work, ...counted }),
    ];
  return [
    job.queued(0),
    job.started(1, wait, { "job.run.wait": wait, ...worker }),
    job.failed(1, wait + 5, false, busy),
    job.started(2, wait + 12, worker),
    job.succeeded(2, wait + 12 + work, { "job.run.duration": work, ...counted }),
  ];
}

function chargeThatFails(begin: number): { readonly uid: string; readonly events: readonly JobEvent[] } {
  const more = {
    "job.actor.type": "user",
    "job.actor.id": "ann",
    "job.actor.name": "Ann Kovács",
    "job.scope.type": "shop",
  } as const;
  const job = new JobStory(orders, "4207", { ...more, "job.scope.id": "berlin-2", "job.trigger.type": "api" }, begin);
  const starts = [0.4, 15.9, 47.2];
  return {
    uid: job.uid,
    events: [
      job.queued(0),
      ...starts.flatMap((start, i) => [
        job.started(i + 1, start, { "job.run.wait": 0.4, "job.worker.name": `worker-${(i % 2) + 1}` }),
        job.failed(i + 1, start + 1.2 + i * 0.9, i === 2, refused),
        ...(i < 2
          ? [
              job.event("job.retry_scheduled", start + 1.3 + i * 0.9, {
                "job.retry.attempt": i + 2,
                "job.available_at": new Date((begin + (starts[i + 1] ?? 0)) * 1000).toISOString(),
              }),
            ]
          : []),
      ]),
    ],
  };
}

function workerThatDied(begin: number): JobEvent[] {
  const job = new JobStory(invoices, "4203", service, begin);
  return [
    job.queued(0),
    job.started(1, 0.2, { "job.run.wait": 0.2, "job.worker.name": "worker-3" }),
    job.event("job.stalled", 61, { "job.record.source": "reconciliation" }),
    job.started(2, 62, worker),
    job.failed(2, 63.4, false, torn),
    job.started(3, 95, worker),
    job.succeeded(3, 96.1, { "job.run.duration": 1.1 }),
  ];
}

/** What is being done in the moment of the picture. */
function atWork(end: number): JobEvent[] {
  const resize = new JobStory(pictures, "4209", service, end - 26);
  const waiting = new JobStory(receipts, "4212", service, end - 3);
  const again = new JobStory(receipts, "4210", service, end - 17);
  const silent = new JobStory(invoices, "4099", service, end - 660);
  return [
    resize.queued(0),
    resize.started(1, 0.3, worker),
    waiting.queued(0),
    again.queued(0),
    again.started(1, 0.2, worker),
    again.failed(1, 5.2, false, busy),
    again.event("job.retry_scheduled", 5.3, { "job.state": "retrying", "job.retry.attempt": 2 }),
    silent.queued(0),
    silent.started(1, 0.5, worker),
  ];
}

const worker = { "job.worker.name": "worker-1" };
const service = { "job.actor.type": "service", "job.actor.id": "shop-web", "job.trigger.type": "api" } as const;

/** Numbers from 0 to 1 that are equal each time (a linear congruential generator). */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
