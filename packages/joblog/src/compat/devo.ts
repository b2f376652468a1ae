import { createHmac, randomBytes } from "node:crypto";
import { devo, digitsOf } from "@jobtrail/schemas";
import type { DevoAnswer, DevoJob, DevoRecord } from "@jobtrail/schemas";
import { fromMillis } from "@jobtrail/core/event";
import { Hono } from "hono";
import type { Context } from "hono";
import type { JobHistory } from "../contract.ts";
import type { JobQuery } from "../query/query.ts";
import { overStates } from "../view.ts";
import { allowedAt, json } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { fitting, isSame } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { queriesForId } from "./id.ts";
import { derivedOf, jobsOf, recordsOf, TooMuch } from "./records.ts";
import type { AskedJob } from "./records.ts";
import { within } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** Does what a client asks of a job, where the job's own system can: gives the job as it stands then. */
export type Control = (job: AskedJob) => Promise<void>;

/** What clients may ask for; none is there yet. */
export type Controls = Readonly<Partial<Record<"stop" | "start" | "remove", Control>>>;

type Key = Credentials["devo"][number];

/** Devo's codes, which stand as `status` in an answer. */
const codes = { ok: 0, invalid: 1, notFound: 100, notChanged: 101, notRunning: 108 } as const;

/**
 * Devo's way of asking: job requests that are signed with a secret, or carry a token. `stop`, `start` and `remove`
 * change something by GET: they are for programs alone, and are refused where a browser follows a link.
 */
export function devoWay(asked: Asked, controls: Controls = {}): Hono {
  const app = new Hono();
  const route = (path: string, answer: (c: Context, scope: Scope) => Promise<Response>, methods = ["GET"]): void =>
    void app.on(methods, `/compat/devo/search${path}`, async (c) => {
      const key = keyOf(c, asked);
      if (key === undefined)
        return failed(asked, 401, codes.invalid, "Unauthorized: check the key, the signature and the time");
      return answer(c, key.scope);
    });
  route("/jobs", (c, scope) => list(asked, scope, () => true));
  route("/jobs/:type", (c, scope) => list(asked, scope, ({ type }) => type === c.req.param("type")));
  for (const verb of ["stop", "start", "remove"] as const)
    route(
      `/job/${verb}/:id`,
      (c, scope) => control(c, asked, scope, { verb, control: controls[verb] }),
      verb === "remove" ? ["GET", "DELETE"] : ["GET"],
    );
  route("/job/:id", async (c, scope) => {
    const found = await jobWith(c.req.param("id") ?? "", asked, scope);
    return found === undefined ? notFound(asked) : answered(asked, found.answer.object, found.answer.jobtrail);
  });
  return app;
}

/** How far a client's clock may be off, in milliseconds. */
const skewMs = 5 * 60_000;

/** Who asks, by signature or token. */
function keyOf(c: Context, asked: Asked): Key | undefined {
  const all = allowedAt(c, asked)?.devo ?? [];
  const [, bearer] = /^(?:(?:bearer|jwt) +)?(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  if (bearer !== undefined) return fitting(all, (key) => "token" in key && isSame(key.token, bearer));
  const [apiKey = "", time = "", signature = ""] = ["x-logtrust-apikey", "x-logtrust-timestamp", "x-logtrust-sign"].map(
    (name) => c.req.header(name),
  );
  if (!/^\d{1,15}$/.test(time) || Math.abs(Number(time) - asked.now()) > skewMs) return undefined;
  return fitting(
    all,
    (key) => "key" in key && isSame(key.key, apiKey) && isSame(signatureOf(key.secret, apiKey, time), signature),
  );
}

/** The requests have no body, which would stand between key and time. */
const signatureOf = (secret: string, key: string, time: string): string =>
  createHmac("sha256", secret).update(`${key}${time}`).digest("hex");

interface FoundJob extends AskedJob {
  readonly answer: DevoAnswer;
}

async function jobWith(id: string, { store, owner }: Asked, scope: Scope): Promise<FoundJob | undefined> {
  const queries = queriesForId(id).map((query) => within(query, scope));
  for await (const job of jobsOf(store, ...queries)) {
    const answer = answerIn(job.history, owner);
    if (answer?.object.id === id) return { ...job, answer };
  }
  return undefined;
}

/** Devo lists what is at work; what ended shortly before stands beside it in the list that its documentation prints. */
const recentMs = 24 * 3600_000;

async function list(asked: Asked, scope: Scope, fits: (job: DevoJob) => boolean): Promise<Response> {
  const queries: readonly JobQuery[] = [
    { where: overStates.map((state) => ({ field: "state", op: "not", value: state })) },
    {
      where: overStates.map((state) => ({ field: "state", op: "is", value: state })),
      range: { of: "heard", from: fromMillis(asked.now() - recentMs) },
    },
  ];
  const jobs: DevoJob[] = [];
  try {
    for await (const { history } of jobsOf(asked.store, ...queries.map((query) => within(query, scope)))) {
      const answer = answerIn(history, asked.owner);
      if (answer !== undefined && fits(answer.object)) jobs.push(listed(answer));
    }
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return failed(asked, 400, codes.invalid, "Too many jobs: ask for one by its id, or for those of a type");
  }
  return answered(asked, jobs);
}

/** A job of a list holds its mark itself. */
function listed({ object, jobtrail }: DevoAnswer): DevoJob {
  if (jobtrail === undefined) return object;
  const prefix = "object.";
  const derived = jobtrail.derived.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return { ...object, jobtrail: { ...jobtrail, derived } };
}

async function control(
  c: Context,
  asked: Asked,
  scope: Scope,
  { verb, control: act }: { readonly verb: "stop" | "start" | "remove"; readonly control: Control | undefined },
): Promise<Response> {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined)
    return failed(asked, 403, codes.invalid, `A browser may not ${verb} a job by following a link`);
  const id = c.req.param("id") ?? "";
  const found = await jobWith(id, asked, scope);
  if (found === undefined) return notFound(asked);
  if (verb === "stop" && found.answer.object.status !== "RUNNING")
    return failed(asked, 200, codes.notRunning, "The task is not running");
  if (act === undefined)
    return failed(asked, 200, codes.notChanged, `This job log only watches: ${verb} the job where it runs`);
  await act(found);
  const after = await jobWith(id, asked, scope);
  return after === undefined ? notFound(asked) : answered(asked, after.answer.object, after.answer.jobtrail);
}

const envelope = ({ now }: Asked, status: number): Record<string, unknown> => ({
  status,
  cid: randomBytes(8).toString("base64url").slice(0, 10),
  timestamp: now(),
});

const answered = (asked: Asked, object: unknown, jobtrail?: unknown): Response =>
  json({ ...envelope(asked, codes.ok), object, ...(jobtrail !== undefined && { jobtrail }) });

const failed = (asked: Asked, http: number, status: number, msg: string): Response =>
  json({ ...envelope(asked, status), msg, object: [msg] }, http);

const notFound = (asked: Asked): Response => failed(asked, 200, codes.notFound, "Task not found");

/** How a job stands now: what was read from Devo itself is an answer for each time that it was read. */
function answerIn(history: JobHistory, owner: Asked["owner"]): DevoAnswer | undefined {
  const own = recordsOf(history, devo, owner).flatMap(asAnswer).at(-1);
  return own ?? derivedOf(history, devo, owner).flatMap(asAnswer).at(-1);
}

/** A job stands alone in a list, and in an answer of its own; a launch says no state, and an error no job. */
function asAnswer(record: DevoRecord): readonly DevoAnswer[] {
  if (!("object" in record)) return "id" in record && typeof record.status === "string" ? [answerOf(record)] : [];
  const { object } = record;
  return typeof object === "object" && object !== null && "status" in object ? [record as DevoAnswer] : [];
}

function answerOf({ jobtrail, ...object }: DevoJob): DevoAnswer {
  return { status: digitsOf("0"), object, ...(jobtrail !== undefined && { jobtrail }) };
}
