import { createHmac, randomUUID } from "node:crypto";
import { startFake } from "./server.ts";
import type { Answered, Asked, Fake, FakeOptions } from "./server.ts";

/** A job as Devo's answers show it. */
export interface DevoTask {
  readonly id: string;
  status: string;
  eventGenerated?: number;
  eventsSent?: number;
  lastDatetime: number;
  readonly type?: string;
  readonly friendlyName?: string;
  readonly query?: string;
  error: readonly string[];
  readonly extra?: object;
  readonly owner?: string;
  readonly domain?: string;
}

/** Devo's job requests. Its `url` ends in `/search`, as the documented one does. */
export interface FakeDevo extends Fake {
  readonly tasks: Map<string, DevoTask>;
  /** Launches a query with a destination. */
  launch(task?: Partial<DevoTask>): DevoTask;
  /** A running task gives more events. */
  work(id: string, events?: number): void;
  /** Stops a task, as a user or an error does. */
  stop(id: string, error?: readonly string[]): void;
  /** Starts a stopped task again. */
  start(id: string): void;
  /** Tasks that are in no list, though they can be asked for. */
  readonly unlisted: Set<string>;
}

/** Who may ask. */
export interface FakeDevoOptions extends FakeOptions {
  readonly key?: string;
  readonly secret?: string;
  readonly token?: string;
}

/** The most that a request's timestamp may differ from the server's clock. */
const mostSkewMs = 5 * 60_000;

/** Starts a server that answers Devo's job requests, signed or with a token. */
export async function startDevo(options: FakeDevoOptions = {}): Promise<FakeDevo> {
  const { key = "devo-api-key", secret = "devo-api-secret", token = "devo-token" } = options;
  const tasks = new Map<string, DevoTask>();
  const unlisted = new Set<string>();
  const fake = await startFake((asked, { skewMs }) => {
    const now = Date.now() + skewMs;
    const fault = unsigned(asked, { key, secret, token }, now);
    return fault === undefined ? answer(asked, tasks, unlisted, now) : { status: 401, body: fault };
  }, options);
  const taskOf = (id: string): DevoTask => {
    const task = tasks.get(id);
    if (task === undefined) throw new Error(`There is no task ${id}.`);
    return task;
  };
  return Object.assign(fake, {
    url: `${fake.url}/search`,
    tasks,
    unlisted,
    launch(task: Partial<DevoTask> = {}): DevoTask {
      const { type = "donothing" } = task;
      const made: DevoTask = {
        id: randomUUID(),
        status: "RUNNING",
        lastDatetime: 0,
        type,
        friendlyName: `${type}_0wJnjMe9hy`,
        query: "from demo.ecommerce.data select *",
        error: [],
        ...task,
      };
      tasks.set(made.id, made);
      return made;
    },
    work(id: string, events = 42) {
      const task = taskOf(id);
      task.eventGenerated = (task.eventGenerated ?? 0) + events;
      task.lastDatetime = Math.max(task.lastDatetime + 1, Date.now() + fake.skewMs);
    },
    stop(id: string, error: readonly string[] = []) {
      Object.assign(taskOf(id), { status: "STOPPED", error });
    },
    start(id: string) {
      Object.assign(taskOf(id), { status: "RUNNING", error: [] });
    },
  });
}

interface Credentials {
  readonly key: string;
  readonly secret: string;
  readonly token: string;
}

/** Why a request is not let in; nothing where it is. */
function unsigned({ headers, body }: Asked, { key, secret, token }: Credentials, now: number): object | undefined {
  const { authorization } = headers;
  if (authorization !== undefined)
    return [`Bearer ${token}`, `jwt ${token}`, token].includes(authorization) ? undefined : refusal("Invalid token");
  const stamp = String(headers["x-logtrust-timestamp"] ?? "");
  const sign = createHmac("sha256", secret).update(`${key}${body}${stamp}`).digest("hex");
  if (headers["x-logtrust-apikey"] !== key || headers["x-logtrust-sign"] !== sign)
    return refusal("The signature is not valid");
  return Math.abs(Number(stamp) - now) > mostSkewMs ? refusal("The timestamp is not valid") : undefined;
}

const refusal = (message: string): object => ({ error: { code: 1, message }, code: 1, status: 1 });

function answer(
  { method, path, body }: Asked,
  tasks: ReadonlyMap<string, DevoTask>,
  unlisted: ReadonlySet<string>,
  now: number,
): Answered {
  const launched = launchIn(method, path, body);
  if (launched !== undefined) return said(launched, now);
  const list = /^\/search\/jobs(?:\/([\w-]+))?$/.exec(path);
  if (list !== null && method === "GET") {
    const listed = [...tasks.values()].filter(({ id, type }) => !unlisted.has(id) && (list[1] ?? type) === type);
    return said(listed, now);
  }
  const [, verb, id = ""] = /^\/search\/job\/(?:(stop|start|remove)\/)?([^/]+)$/.exec(path) ?? [];
  const mayBe = method === "GET" || (method === "DELETE" && verb === "remove");
  if (id === "" || !mayBe) return { status: 404, body: { status: 1, msg: "Invalid request", timestamp: now } };
  const task = tasks.get(id);
  if (task === undefined) return failed(100, "Task not found", now);
  const change = verb === undefined ? undefined : changes[verb];
  const code = change?.(task, tasks as Map<string, DevoTask>);
  return code === undefined ? said({ ...task }, now) : failed(code[0], code[1], now);
}

/** A query with a destination has an id and no rows; official clients launch their jobs by it. */
function launchIn(method: string, path: string, body: string): object | undefined {
  if (method !== "POST" || path !== "/search/query") return undefined;
  const { destination } = JSON.parse(body) as { readonly destination?: object };
  return destination === undefined ? undefined : { id: randomUUID() };
}

type Failure = readonly [code: number, msg: string];

const changes: Readonly<Record<string, (task: DevoTask, tasks: Map<string, DevoTask>) => Failure | undefined>> = {
  stop(task) {
    if (task.status === "STOPPED") return [101, "Task status not changed"];
    if (task.status !== "RUNNING") return [108, "Error stopping a task that is not running"];
    task.status = "STOPPED";
    return undefined;
  },
  start(task) {
    if (task.status !== "STOPPED") return [101, "Task status not changed"];
    task.status = "RUNNING";
    return undefined;
  },
  remove(task, tasks) {
    task.status = "REMOVED";
    tasks.delete(task.id);
    return undefined;
  },
};

const cid = (): string => randomUUID().replaceAll("-", "").slice(0, 10);

const said = (object: unknown, now: number): Answered => ({
  body: { msg: "", status: 0, cid: cid(), timestamp: now, object },
});

const failed = (status: number, msg: string, now: number): Answered => ({
  body: { msg, status, cid: cid(), timestamp: now },
});
