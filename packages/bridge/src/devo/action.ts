import { randomUUID } from "node:crypto";
import type { EventName } from "@jobtrail/conventions";
import { fromMillis, isRefusal, jobUid } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { answerError, parseJson } from "@jobtrail/schemas";
import { SourceError } from "../client.ts";
import type { Client } from "../client.ts";
import { systemClock } from "../pace.ts";
import { statusOf } from "../status.ts";
import { devoClient } from "./config.ts";
import type { DevoConfig } from "./config.ts";

/** What can be done to a job. */
export type Verb = "stop" | "start" | "remove";

interface Meaning {
  readonly event: EventName;
  readonly state: "stopped" | "active" | "removed";
  readonly done: string;
}

const meanings: Readonly<Record<Verb, Meaning>> = {
  stop: { event: "job.stopped", state: "stopped", done: "was stopped" },
  start: { event: "job.restarted", state: "active", done: "was started" },
  remove: { event: "job.removed", state: "removed", done: "was removed" },
};

/** The codes of an answer, in words that say what to do. */
const codes: Readonly<Record<number, string>> = {
  1: "the request is not valid",
  100: "no job has this id",
  101: "its status did not change: it may be so already",
  102: "Devo's database failed while it removed the job; look again before you repeat it",
  103: "Devo's database failed while it stopped the job; look again before you repeat it",
  104: "Devo's database failed while it started the job; look again before you repeat it",
  105: "the server that runs the job did not answer Devo; look again before you repeat it",
  106: "the server that runs the job answered with an error; look again before you repeat it",
  107: "the server that runs the job could not be told; look again before you repeat it",
  108: "it cannot be stopped, because it is not running",
};

/** What came of an action. */
export interface Acted {
  readonly isDone: boolean;
  /** What happened, in a sentence. */
  readonly says: string;
  /** The record of who did it and why, where it was done. */
  readonly event?: JobEvent;
}

/** How a job stands, and what can be done to it. */
export interface Actions {
  /** How the job stands, in words such as `kafka_x (RUNNING)`. @throws SourceError if that cannot be read. */
  look(): Promise<string>;
  /** Does it, with one request that is never repeated: these requests change the job. */
  act(by: { readonly actor: string; readonly reason?: string | undefined }): Promise<Acted>;
  close(): void;
}

/** What can be done to a job of a domain. */
export function actOn(config: DevoConfig, name: string, verb: Verb, id: string): Actions {
  const clock = systemClock;
  const status = statusOf({ name, system: "devo", now: clock.now });
  const client = devoClient(config, { name, clock, status });
  const path = encodeURIComponent(id);
  return {
    look: async () => (await answered(client, `/job/${path}`)).standing ?? `${id} (not found)`,
    async act({ actor, reason }) {
      try {
        const { code, message, standing } = await answered(client, `/job/${verb}/${path}`);
        const { done } = meanings[verb];
        if (code !== 0)
          return {
            isDone: false,
            says: `${id}: ${codes[code] ?? `code ${code}`}${message === undefined ? "" : ` (${message})`}.`,
          };
        const event = eventOf(verb, id, { actor, reason, now: client.now() });
        return { isDone: true, says: `${standing ?? id} ${done}.`, event };
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (error.status !== undefined && error.status < 500) return { isDone: false, says: error.message };
        const now = await answered(client, `/job/${path}`).catch(() => undefined);
        const found =
          now === undefined
            ? "how the job stands cannot be read either"
            : `the job is now ${now.standing ?? "not found"}`;
        return {
          isDone: false,
          says: `${error.message} It was asked once, and it is not known whether it was done: ${found}.`,
        };
      }
    },
    close: () => client.close(),
  };
}

interface Answer {
  readonly code: number;
  readonly message: string | undefined;
  readonly standing: string | undefined;
}

async function answered(client: Client, path: string): Promise<Answer> {
  const { text } = await client.ask({ path, accepts: [404] }, AbortSignal.timeout(60_000));
  const parsed = parseJson(text);
  if (isRefusal(parsed)) throw client.noJson("JSON that is cut off");
  const { status, object } = parsed.plain as { readonly status?: unknown; readonly object?: unknown };
  const { friendlyName, id, status: word } = (object ?? {}) as Readonly<Record<string, unknown>>;
  const name = typeof friendlyName === "string" ? friendlyName : id;
  return {
    code: typeof status === "number" ? status : object === undefined ? 1 : 0,
    message: answerError(parsed.value),
    standing: typeof word === "string" ? `${String(name)} (${word})` : undefined,
  };
}

interface By {
  readonly actor: string;
  readonly reason: string | undefined;
  readonly now: number;
}

function eventOf(verb: Verb, id: string, { actor, reason, now }: By): JobEvent {
  const { event, state } = meanings[verb];
  const uid = jobUid({ system: "devo", id });
  return {
    name: event,
    time: fromMillis(now),
    seen: fromMillis(now),
    attributes: {
      "job.system.name": "devo",
      "job.id": id,
      "job.uid": uid,
      "job.state": state,
      "job.actor.type": "user",
      "job.actor.name": actor,
      ...(reason !== undefined && { "job.reason": reason }),
      "job.record.source": "hook",
      "log.record.uid": randomUUID().replaceAll("-", ""),
    },
  };
}
