import { fromMillis, isRefusal, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { parseJson, productLive as schema } from "@jobtrail/schemas";
import type { JsonObject } from "@jobtrail/schemas";
import type { Client } from "../client.ts";
import { listIn } from "../list.ts";
import { hasEnd, learnedBy, recordIn } from "../record.ts";
import type { BridgePage, QueueSize } from "../source.ts";
import { openOf, pageOf } from "./read.ts";
import type { Mark, Open, Reading } from "./read.ts";

/** Pages that are looked through for executions that are at work. */
const mostPages = 3;
/** Executions that are asked for one by one in a round: the rate limit is low. */
const mostAsked = 10;

/** Executions at work, which the audit log does not have, and how many wait in each pipeline. */
export async function* executions(
  reading: Reading,
  client: Client,
  pipelines: Set<string>,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>> {
  const seen = new Set<string>();
  const events: JobEvent[] = [];
  for (let page = 0; page < mostPages; page++) {
    const query = { page: String(page), size: "100" };
    const { text } = await client.ask({ path: "/v1/data_factory/job_executions", query }, stop);
    const list = listIn(text, "data");
    if (list === undefined) throw client.noJson("JSON that is cut off or has no list of data");
    const states = list.items.map((item) => takeIn(item, reading, seen, events));
    if (list.items.length < 100 || !states.includes("open")) break;
  }
  const unseen = [...reading.open.keys()].filter((id) => !seen.has(id)).slice(0, mostAsked);
  for (const id of unseen) {
    const path = `/v1/data_factory/job_executions/${encodeURIComponent(id)}`;
    const { text, status } = await client.ask({ path, accepts: [404] }, stop);
    // An instance of the audit log that is no execution ends by the audit log.
    if (status !== 404) takeIn(text, reading, seen, events);
  }
  yield { ...pageOf(reading, events, events.length), queues: sizesIn(reading, seen, pipelines) };
}

/** Takes an execution; its end is left to the audit log, which says more of it. */
function takeIn(
  text: string,
  { around, open }: Reading,
  seen: Set<string>,
  events: JobEvent[],
): "open" | "ended" | "refused" {
  const record = recordIn(schema, objectIn(text) ?? text, around);
  if (record === undefined) return "refused";
  const of = learnedBy(schema.read(record, fromMillis(around.clock.now())), "poll");
  const main = of.at(-1);
  const id = main?.attributes["job.id"];
  if (main === undefined || id === undefined || hasEnd(of)) return "ended";
  seen.add(id);
  const before = open.get(id);
  const next = after(before, of, main, around.clock.now());
  open.set(id, next);
  if (next.state === "active" && before?.state !== "active") events.push(...of);
  return "open";
}

/** An instance as its execution shows it. */
function after(before: Open | undefined, [first]: readonly JobEvent[], main: JobEvent, now: number): Open {
  const state = main.name === "job.queued" ? "waiting" : "active";
  const since = first?.time === undefined ? now : toMillis(first.time);
  return { ...openOf(main, before?.since ?? since, state), stalled: before?.stalled };
}

function objectIn(text: string): JsonObject | undefined {
  const parsed = parseJson(text);
  return isRefusal(parsed) ? undefined : (parsed.value as JsonObject);
}

/** How many instances wait and work in each pipeline, also in those that are empty by now. */
function sizesIn({ open, around }: Reading, seen: ReadonlySet<string>, pipelines: Set<string>): readonly QueueSize[] {
  const now = around.clock.now();
  const instances = [...open].filter(([id]) => seen.has(id)).map(([, each]) => each);
  for (const { queue } of instances) if (queue !== undefined) pipelines.add(queue);
  return [...pipelines].flatMap((queue): QueueSize[] => {
    const own = instances.filter((each) => each.queue === queue);
    const waiting = own.filter(({ state }) => state === "waiting");
    const oldest = Math.min(now, ...waiting.map(({ since }) => since));
    return [
      { queue, state: "waiting", jobs: waiting.length, oldestSeconds: (now - oldest) / 1000 },
      { queue, state: "active", jobs: own.length - waiting.length },
    ];
  });
}
