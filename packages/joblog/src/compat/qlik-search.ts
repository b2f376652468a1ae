import { fromIso } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Timed } from "./records.ts";

/** A place in a list of audits: behind it is what comes next. */
export type Place = Omit<Timed<unknown>, "record">;

/** Which audits are asked for. */
export interface Search {
  readonly limit: number;
  readonly isAscending: boolean;
  /** Both are within. */
  readonly from: HrTime | undefined;
  readonly to: HrTime | undefined;
  /** The id may be several, with commas between them. */
  readonly equals: Readonly<Partial<Record<EqualField, string>>>;
  readonly next: Place | undefined;
  readonly prev: Place | undefined;
}

type EqualField = "id" | "eventType" | "source" | "userId";

/** Parameters that cannot be used, in one sentence. */
export class WrongSearch extends Error {
  override readonly name = "WrongSearch";
}

const known = ["limit", "sort", "eventTime", "id", "eventType", "source", "userId", "next", "prev"];

/**
 * Reads the parameters of the audits interface.
 * @throws WrongSearch
 */
export function searchIn(given: Readonly<Record<string, string>>): Search {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new WrongSearch(`${unknown} is no parameter; allowed: ${known.join(", ")}.`);
  const { limit = "20", sort = "-eventTime", eventTime, next, prev, ...equals } = given;
  return {
    limit: limitIn(limit),
    isAscending: isAscendingIn(sort),
    ...rangeIn(eventTime),
    equals,
    next: next === undefined ? undefined : placeIn(next),
    prev: prev === undefined ? undefined : placeIn(prev),
  };
}

function limitIn(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 100) throw new WrongSearch("limit must be a whole number from 1 to 100.");
  return limit;
}

/** A plus is a blank in an address. */
function isAscendingIn(text: string): boolean {
  if (!["eventTime", "+eventTime", " eventTime", "-eventTime"].includes(text))
    throw new WrongSearch("sort must be eventTime or -eventTime.");
  return !text.startsWith("-");
}

function rangeIn(text: string | undefined): Pick<Search, "from" | "to"> {
  if (text === undefined) return { from: undefined, to: undefined };
  const times = text.split("/").map((each) => fromIso(each));
  const [from, to] = times;
  if (times.length !== 2 || from === undefined || to === undefined)
    throw new WrongSearch("eventTime must be two times, such as 2026-10-01T00:00:00Z/2026-10-02T00:00:00Z.");
  return { from, to };
}

/** A place as a link names it. */
export const placeText = ({ time, key }: Place): string =>
  Buffer.from(JSON.stringify([...time, key])).toString("base64url");

function placeIn(text: string): Place {
  const found = partsOf(Buffer.from(text, "base64url").toString("utf8"));
  if (!Array.isArray(found)) throw noPlace();
  const [seconds, nanos, key] = found as readonly unknown[];
  if (!Number.isSafeInteger(seconds) || !Number.isSafeInteger(nanos) || typeof key !== "string") throw noPlace();
  return { time: [seconds as number, nanos as number], key };
}

const noPlace = (): WrongSearch => new WrongSearch("next and prev must come from the links of an earlier answer.");

function partsOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
