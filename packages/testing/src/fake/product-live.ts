import { randomBytes } from "node:crypto";
import { startFake } from "./server.ts";
import type { Answered, Asked, Fake, FakeOptions } from "./server.ts";

/** An instance of a job. */
export interface ProductLiveInstance {
  readonly id: string;
  readonly jobId: string;
  readonly pipelineId: string;
  readonly title: string;
  readonly origin: string;
  readonly rules: readonly { readonly isEnabled: boolean; readonly cronExpression: string }[];
  readonly createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  status: string;
}

/** An account of Product-Live. */
export interface FakeProductLive extends Fake {
  readonly instances: Map<string, ProductLiveInstance>;
  /** All audit logs, the oldest first. */
  readonly log: object[];
  /** Queues an instance: the audit log says so. */
  queue(instance?: Partial<ProductLiveInstance>): ProductLiveInstance;
  /** Starts an instance: only its execution says so. */
  begin(id: string): void;
  /** Ends an instance: the audit log says so. */
  end(id: string, status?: string): void;
  /** Adds an audit log of another kind, such as a login. */
  other(): void;
}

/** Who may ask, and what for. */
export interface FakeProductLiveOptions extends FakeOptions {
  readonly apiKey?: string;
  /** Whether the key may read job executions. */
  readonly maySeeExecutions?: boolean;
  /** In which order the audit logs are listed: no document says it. */
  readonly order?: "newest" | "oldest";
  /** Requests a minute; no limit where absent. */
  readonly perMinute?: number;
}

/** Starts a server that answers for audit logs and job executions. */
export async function startProductLive(options: FakeProductLiveOptions = {}): Promise<FakeProductLive> {
  const { apiKey = "product-live-key", perMinute = Number.POSITIVE_INFINITY } = options;
  const instances = new Map<string, ProductLiveInstance>();
  const log: object[] = [];
  let minute = { at: 0, requests: 0 };
  const fake = await startFake((asked) => {
    if (asked.headers["x-api-key"] !== apiKey)
      return { status: 401, body: { message: "Unauthorized", statusCode: 401 } };
    const at = Math.floor(Date.now() / 60_000);
    minute = { at, requests: at === minute.at ? minute.requests + 1 : 1 };
    if (minute.requests > perMinute) return { status: 429, body: { message: "Too Many Requests", statusCode: 429 } };
    return answer(asked, instances, log, options);
  }, options);
  const now = (): string => new Date(Date.now() + fake.skewMs).toISOString();
  const of = (id: string): ProductLiveInstance => {
    const instance = instances.get(id);
    if (instance === undefined) throw new Error(`There is no instance ${id}.`);
    return instance;
  };
  return Object.assign(fake, {
    instances,
    log,
    queue(instance: Partial<ProductLiveInstance> = {}): ProductLiveInstance {
      const made = instanceFrom(instance, now());
      instances.set(made.id, made);
      log.push(queuedLog(made));
      return made;
    },
    begin(id: string) {
      Object.assign(of(id), { status: "RUNNING", startedAt: now() });
    },
    end(id: string, status = "COMPLETED") {
      const instance = of(id);
      const startedAt = instance.startedAt ?? now();
      Object.assign(instance, { status: status === "TIMED_OUT" ? "TIMEDOUT" : status, startedAt, endedAt: now() });
      log.push(endLog(instance, status));
    },
    other() {
      log.push({
        object: "audit_log",
        timeGenerated: now(),
        entityType: "user",
        type: "user.login",
        version: "1",
        details: {},
      });
    },
  });
}

const hexId = (): string => randomBytes(12).toString("hex");

const instanceFrom = (instance: Partial<ProductLiveInstance>, createdAt: string): ProductLiveInstance => ({
  id: hexId(),
  jobId: "67a0bdc2d57ed1d3c254713b",
  pipelineId: "674f4b87761a6b19c9f0ee74",
  title: "export-items_api",
  origin: "API",
  rules: [],
  createdAt,
  startedAt: null,
  endedAt: null,
  status: "PENDING",
  ...instance,
});

const queuedLog = ({ id, jobId, pipelineId, title, origin, rules, createdAt }: ProductLiveInstance): object => ({
  object: "audit_log",
  timeGenerated: createdAt,
  entityType: "job",
  type: "job.queued",
  version: "2",
  details: {
    accountId: "4201",
    ...(origin !== "PERIODIC" && { userId: "5" }),
    jobOwnerAccountId: "4201",
    jobId,
    jobKey: "export-items_api_1",
    jobTitle: title,
    jobType: "USER",
    jobInstanceId: id,
    pipelineId,
    jobPeriodicity: rules,
    actionOrigin: origin,
  },
});

/** Seven digits after the second, as the audit log has them. */
const digits = (iso: string | null): string | null => iso && iso.replace("Z", "0000Z");

const endLog = ({ id, jobId, pipelineId, title, startedAt, endedAt }: ProductLiveInstance, status: string): object => ({
  object: "audit_log",
  timeGenerated: endedAt,
  entityType: "job",
  type: "job.end",
  version: "2",
  details: {
    accountId: "4201",
    userId: "5",
    jobOwnerAccountId: "4201",
    jobId,
    jobTitle: title,
    jobInstanceId: id,
    jobInstanceStatus: status,
    jobInstanceUpdatedAt: digits(endedAt),
    jobInstanceStartAt: digits(startedAt),
    jobInstanceEndAt: digits(endedAt),
    pipelineId,
  },
});

function answer(
  { method, path, query }: Asked,
  instances: ReadonlyMap<string, ProductLiveInstance>,
  log: readonly object[],
  { maySeeExecutions = true, order = "newest" }: FakeProductLiveOptions,
): Answered {
  if (method !== "GET") return notFound;
  if (path === "/v1/audit_logs") return paged(order === "newest" ? log.toReversed() : log, query);
  const [, id] = /^\/v1\/data_factory\/job_executions(?:\/([\da-f]+))?$/.exec(path) ?? [undefined, null];
  if (id === null) return notFound;
  if (!maySeeExecutions) return { status: 401, body: { message: "Unauthorized", statusCode: 401 } };
  if (id === undefined) return paged([...instances.values()].toReversed().map(executionOf), query);
  const instance = instances.get(id);
  return instance === undefined ? notFound : { body: executionOf(instance) };
}

const notFound: Answered = { status: 404, body: { message: "Not Found", statusCode: 404 } };

function paged(items: readonly object[], query: URLSearchParams): Answered {
  const [page, size] = [Number(query.get("page") ?? 0), Number(query.get("size") ?? 10)];
  return { body: { object: "list", data: items.slice(page * size, (page + 1) * size) } };
}

const executionOf = ({
  id,
  jobId,
  pipelineId,
  title,
  createdAt,
  startedAt,
  endedAt,
  status,
}: ProductLiveInstance): object => ({
  object: "job_execution",
  id,
  jobId,
  pipelineId,
  createdAt,
  startedAt,
  endedAt,
  status,
  input: {
    context: { jobAccountId: "4201", jobId, userAccountId: "4201", userId: "5" },
    file: { object: "data_factory_file", id: hexId(), url: "https://files.example/a?sig=hunter2" },
  },
  output: {},
  info: { title },
});
