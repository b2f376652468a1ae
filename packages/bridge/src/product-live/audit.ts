import type { Client } from "../client.ts";
import { listIn } from "../list.ts";
import type { BridgePage } from "../source.ts";
import { heardIn, learn, pageOf } from "./read.ts";
import type { Heard, Mark, Reading } from "./read.ts";

/** Records that are remembered to be known again: some pages of a busy log. */
const mostKnown = 2000;

/** What a walk through the audit log is made with. */
export interface Walk {
  readonly client: Client;
  readonly size: number;
  /** Records that the log took in before this time are passed over where nothing was read yet. */
  readonly since: number;
}

/**
 * What is new in the audit log. Its order is not documented: the times of the first page say which end it is. A log
 * that begins with its newest records is read until a whole page is known; pages that shift meanwhile show records
 * twice, and each is sent once. A walk that is cut short is made again from its beginning.
 */
export async function* audits(reading: Reading, walk: Walk, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  const isFirst = reading.known.size === 0;
  const began = reading.around.clock.now();
  let first: number | undefined;
  reading.page = await beginningOf(reading, walk, stop);
  for (let page = reading.page; ; page++) {
    const heard = await pageAt(page, reading, walk, stop);
    first ??= heard.at(0)?.at;
    reading.order ??= orderOf(first, heard.at(-1)?.at);
    const fresh = heard.filter(({ id }) => !reading.known.has(id) && !reading.partial.has(id));
    const wanted = isFirst ? fresh.filter(({ at = began }) => at >= walk.since) : fresh;
    for (const { id } of heard) reading.partial.add(id);
    learn(wanted, reading);
    const isLast = heard.length < walk.size;
    if (reading.order === "oldest") {
      reading.page = page;
      settle(reading);
    }
    yield {
      ...pageOf(
        reading,
        wanted.flatMap(({ events }) => events),
        wanted.filter(({ events }) => events.length > 0).length,
      ),
      ...shareOf(heard, reading, walk, began),
    };
    if (isLast || isOver(heard, reading, walk, isFirst)) break;
  }
  settle(reading);
}

/** How much of the time since the last reading was gone through. */
function shareOf(
  heard: readonly Heard[],
  { order, until }: Reading,
  { since }: Walk,
  began: number,
): { readonly share?: number } {
  const last = heard.at(-1)?.at;
  const from = until ?? since;
  if (last === undefined || began <= from) return {};
  const share = order === "oldest" ? (last - from) / (began - from) : (began - last) / (began - from);
  return { share: Math.min(0.999, Math.max(0, share)) };
}

/** Where a walk begins: in a log that begins with its oldest records, where the last one ended. */
async function beginningOf(reading: Reading, walk: Walk, stop: AbortSignal): Promise<number> {
  if (reading.order !== "oldest") return 0;
  // Old records are deleted in time, and all others move to the front.
  for (let page = reading.page; page > 0; page--) {
    const heard = await pageAt(page, reading, walk, stop);
    if (heard.some(({ id }) => reading.known.has(id))) return page;
  }
  return 0;
}

async function pageAt(
  page: number,
  reading: Reading,
  { client, size }: Walk,
  stop: AbortSignal,
): Promise<readonly Heard[]> {
  const query = { page: String(page), size: String(size) };
  const { text } = await client.ask({ path: "/v1/audit_logs", query }, stop);
  const list = listIn(text, "data");
  if (list === undefined) throw client.noJson("JSON that is cut off or has no list of data");
  return list.items.map((item) => heardIn(item, "poll", reading));
}

function orderOf(first: number | undefined, last: number | undefined): Reading["order"] {
  if (first === undefined || last === undefined || first === last) return undefined;
  return first > last ? "newest" : "oldest";
}

/** Whether nothing new comes any more in a log that begins with its newest records. */
function isOver(heard: readonly Heard[], { order, known }: Reading, { since }: Walk, isFirst: boolean): boolean {
  if (order !== "newest") return false;
  if (heard.every(({ id }) => known.has(id))) return true;
  return isFirst && heard.every(({ at = Number.POSITIVE_INFINITY }) => at < since);
}

/** The walk came to its end, or so far that it goes on there: its records are known from now on. */
function settle(reading: Reading): void {
  const { partial, order } = reading;
  // The first records of a walk from new to old are the newest.
  const walked = order === "oldest" ? [...partial] : [...partial].toReversed();
  reading.known = new Set([...[...reading.known].filter((id) => !partial.has(id)), ...walked].slice(-mostKnown));
  reading.partial = new Set();
}
