import { createHmac, randomUUID } from "node:crypto";
import { startFake } from "./server.ts";
import type { Answered, Asked, Fake, FakeOptions } from "./server.ts";

/** A run of an automation, as the event's data and the runs interface show it. */
export interface QlikAutomationRun {
  readonly id: string;
  /** The automation. */
  readonly automation: string;
  readonly title: string;
  status: string;
  readonly context: string;
  readonly testRun: boolean;
  readonly billable: boolean;
  readonly createdAt: string;
  readonly scheduledStartTime: string | null;
  startTime: string | null;
  stopTime: string | null;
  readonly executedById: string;
  readonly ownerId: string;
  readonly spaceId: string;
  readonly totalApiCalls: number;
  readonly network: { readonly rxBytes: number; readonly txBytes: number };
  readonly blocks: readonly object[];
  /** Only the runs interface has it. */
  error: readonly unknown[] | null;
  /** Of the event, made when the run ends. */
  eventId?: string;
}

/** The envelopes in which a webhook delivers an event: today's, and those of before. */
export type QlikEnvelope = "event" | "hybrid" | "legacy";

/** What a webhook sends: a request's headers and body. */
export interface QlikDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A tenant of Qlik Cloud. */
export interface FakeQlik extends Fake {
  readonly runs: Map<string, QlikAutomationRun>;
  /** Starts a run. */
  start(run?: Partial<QlikAutomationRun>): QlikAutomationRun;
  /** Ends a run: the audits have its event. */
  end(id: string, run?: Partial<QlikAutomationRun>): QlikAutomationRun;
  /** The delivery of a run's event; the same each time, as when it is sent again. */
  delivery(id: string, envelope?: QlikEnvelope, more?: object): QlikDelivery;
  /** Delivers a run's event to a webhook; gives the status of the answer. */
  deliver(url: string, id: string, envelope?: QlikEnvelope, more?: object): Promise<number>;
}

/** Who may ask, and what for. */
export interface FakeQlikOptions extends FakeOptions {
  readonly apiKey?: string;
  /** The webhook's secret: 32 to 64 characters. */
  readonly secret?: string;
  /** Whether the key may read runs. */
  readonly maySeeRuns?: boolean;
  /** The most items of a page. */
  readonly pageSize?: number;
}

const tenant = "Wq3xk8YtJf0aLrB1nZc5uVdE7hPs2MgK";
const eventType = "com.qlik.v1.automation.run.ended";

/** Starts a tenant: its audits and runs, and the sender of its webhooks. */
export async function startQlik(options: FakeQlikOptions = {}): Promise<FakeQlik> {
  const { apiKey = "qlik-api-key", secret = "a-webhook-secret-of-32-characters" } = options;
  const runs = new Map<string, QlikAutomationRun>();
  const fake = await startFake((asked) => {
    if (asked.headers.authorization !== `Bearer ${apiKey}`) return refused(401, "AUTH-1", "Unauthorized");
    return answer(asked, runs, options);
  }, options);
  const runOf = (id: string): QlikAutomationRun => {
    const run = runs.get(id);
    if (run === undefined) throw new Error(`There is no run ${id}.`);
    return run;
  };
  const delivery: FakeQlik["delivery"] = (id, envelope = "event", more = {}) => {
    const body = JSON.stringify({ ...envelopes[envelope](runOf(id)), ...more });
    return {
      body,
      headers: {
        "content-type": "application/json",
        "user-agent": "Qlik Webhook",
        "qlik-signature": createHmac("sha256", secret).update(body).digest("hex"),
      },
    };
  };
  return Object.assign(fake, {
    runs,
    delivery,
    start(run: Partial<QlikAutomationRun> = {}): QlikAutomationRun {
      const made = runFrom(run, Date.now() + fake.skewMs);
      runs.set(made.id, made);
      return made;
    },
    end: (id: string, run: Partial<QlikAutomationRun> = {}): QlikAutomationRun =>
      Object.assign(runOf(id), {
        status: "finished",
        stopTime: isoOf(Date.now() + fake.skewMs),
        eventId: randomUUID(),
        ...run,
      }),
    async deliver(url: string, id: string, envelope?: QlikEnvelope, more?: object) {
      const { headers, body } = delivery(id, envelope, more);
      const { status } = await fetch(url, { method: "POST", headers, body });
      return status;
    },
  });
}

const isoOf = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");

const runFrom = (run: Partial<QlikAutomationRun>, now: number): QlikAutomationRun => ({
  id: randomUUID(),
  automation: "2b9e6f10-8c4d-11f0-9d7e-5a1c3e0b2f46",
  title: "Send the weekly figures",
  status: "running",
  context: "api_async",
  testRun: false,
  billable: true,
  createdAt: isoOf(now - 2000),
  scheduledStartTime: null,
  startTime: isoOf(now - 1000),
  stopTime: null,
  executedById: "63e0a4f1c2b7d95e8a41f0c7",
  ownerId: "63e0a4f1c2b7d95e8a41f0c7",
  spaceId: "",
  totalApiCalls: 3,
  network: { rxBytes: 48_211, txBytes: 1802 },
  blocks: [
    {
      type: "baseBlock",
      blockName: "VariableBlock",
      params: [{ value: "hunter2" }],
      duration: 3,
      rxBytes: 0,
      txBytes: 0,
    },
  ],
  error: null,
  ...run,
});

/** The run as an event has it: without its error, which only the runs interface shows. */
function dataOf({ automation: _, error: _error, eventId: _id, ...run }: QlikAutomationRun): object {
  return { ...run, isTestRun: run.testRun, archived: false, isArchived: false, updatedAt: run.stopTime };
}

const newer = (run: QlikAutomationRun): object => ({
  id: run.eventId,
  time: run.stopTime,
  type: eventType,
  source: "com.qlik/automations",
  specversion: "1.0.2",
  datacontenttype: "application/json",
  tenantid: tenant,
  userid: run.executedById,
  ownerid: run.ownerId,
  spaceid: run.spaceId,
  toplevelresourceid: run.automation,
});

const older = (run: QlikAutomationRun): object => ({
  cloudEventsVersion: "0.1",
  source: "com.qlik/automations",
  eventId: run.eventId,
  eventTime: run.stopTime,
  eventType,
  eventTypeVersion: "1.0.0",
  contentType: "application/json",
  extensions: {
    tenantId: tenant,
    userId: run.executedById,
    ownerId: run.ownerId,
    spaceId: run.spaceId,
    topLevelResourceId: run.automation,
  },
});

const envelopes: Readonly<Record<QlikEnvelope, (run: QlikAutomationRun) => object>> = {
  event: (run) => ({ ...newer(run), data: dataOf(run) }),
  hybrid: (run) => ({ ...older(run), ...newer(run), data: dataOf(run) }),
  legacy: (run) => ({ ...older(run), data: dataOf(run) }),
};

const auditOf = (run: QlikAutomationRun): object => ({
  id: `audit-${run.eventId}`,
  source: "com.qlik/automations",
  tenantId: tenant,
  userId: run.executedById,
  eventId: run.eventId,
  eventTime: run.stopTime,
  eventType,
  eventTypeVersion: "1.0.0",
  contentType: "application/json",
  extensions: {
    ownerId: run.ownerId,
    spaceId: run.spaceId,
    topLevelResourceId: run.automation,
    actor: { sub: run.executedById, subType: "user" },
    updates: null,
  },
  data: dataOf(run),
  links: { self: { href: `https://tenant.example/api/v1/audits/audit-${run.eventId}` } },
});

function answer(
  { method, path, query }: Asked,
  runs: ReadonlyMap<string, QlikAutomationRun>,
  options: FakeQlikOptions,
): Answered {
  const { maySeeRuns = true, pageSize = 100 } = options;
  if (method !== "GET") return refused(404, "HTTP-404", "Not found");
  if (path === "/api/v1/audits") return paged(auditsIn(runs, query), query, path, pageSize);
  const [, automation, id] = /^\/api\/v1\/automations\/([\w-]+)\/runs(?:\/([\w-]+))?$/.exec(path) ?? [];
  if (automation === undefined) return refused(404, "HTTP-404", "Not found");
  if (!maySeeRuns) return refused(403, "HTTP-403", "Forbidden");
  const own = [...runs.values()].filter((run) => run.automation === automation);
  if (id === undefined) return paged(own.map(shown).toReversed(), query, path, pageSize);
  const run = own.find((each) => each.id === id);
  return run === undefined
    ? refused(404, "HTTP-404", "Not found")
    : { body: { ...shown(run), metrics: { totalApiCalls: 0 } } };
}

const shown = ({ eventId: _, ...run }: QlikAutomationRun): object => ({ ...run, duration: 12 });

function auditsIn(runs: ReadonlyMap<string, QlikAutomationRun>, query: URLSearchParams): readonly object[] {
  const [from = "", to = ""] = (query.get("eventTime") ?? "").split("/");
  const wanted = query.get("eventType");
  const ended = [...runs.values()]
    .filter(({ stopTime, eventId }) => eventId !== undefined && stopTime !== null && isWithin(stopTime, from, to))
    .toSorted((a, b) => ((a.stopTime ?? "") < (b.stopTime ?? "") ? 1 : -1));
  const items = wanted === null || wanted === eventType ? ended.map(auditOf) : [];
  return (query.get("sort") ?? "-eventTime").startsWith("-") ? items : items.toReversed();
}

const isWithin = (time: string, from: string, to: string): boolean =>
  (from === "" || Date.parse(time) >= Date.parse(from)) && (to === "" || Date.parse(time) < Date.parse(to));

function paged(items: readonly object[], query: URLSearchParams, path: string, pageSize: number): Answered {
  const at = Number(query.get("next") ?? 0);
  const size = Math.min(Number(query.get("limit") ?? 10), pageSize);
  const next = new URLSearchParams(query);
  next.set("next", String(at + size));
  const href = at + size < items.length ? `https://tenant.example${path}?${next.toString()}` : null;
  return { body: { data: items.slice(at, at + size), links: { next: { href }, prev: { href: null } } } };
}

const refused = (status: number, code: string, title: string): Answered => ({
  status,
  body: { errors: [{ code, title, detail: title }], traceId: "0123456789abcdef" },
});
