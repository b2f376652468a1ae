import { isRefusal } from "@jobtrail/core/event";
import type { Encoding, PointData, Signal } from "@jobtrail/otlp";
import { protocols } from "./protocol.ts";
import type { Load, Protocol } from "./protocol.ts";
import { statusOf } from "./row.ts";
import type { statuses, Value, Vendor, Way } from "./row.ts";

/** A request as a vendor gets it. */
export interface Asked {
  readonly method: string;
  /** The whole address. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What a vendor answers, and what it has of the request then. */
export interface Verdict {
  readonly status: number;
  /** Why it did not take all; absent where it did. */
  readonly why?: string;
  readonly signal?: Signal;
  readonly encoding?: Encoding;
  readonly load?: Partial<Load>;
  /** How many bytes the request had before compression. */
  readonly bytes?: number;
  /** How many records it did not take out of a request that it took. */
  readonly rejected?: number;
}

/** What may be said of a vendor beside its row. */
export interface Moment {
  readonly now?: number;
  /** Whether the secret is none any more. */
  readonly isRevoked?: boolean;
}

/** What a vendor makes of a request, by its row alone. */
export function judge(vendor: Vendor, asked: Asked, { now = Date.now(), isRevoked = false }: Moment = {}): Verdict {
  const found = wayOf(vendor, asked);
  if (found === undefined) return refusal(vendor, "noSuchPath", `There is no ${asked.url}`);
  const { signal, way } = found;
  const protocol = protocols[vendor.protocol ?? "otlp"];
  const encoding = typesOf(vendor, protocol)[asked.headers["content-type"] ?? ""];
  const known = { signal, ...(encoding !== undefined && { encoding }) };
  const unfit = unfitIn(vendor, way, asked, isRevoked);
  if (unfit !== undefined) return { ...unfit, ...known };
  if (encoding === undefined)
    return { ...refusal(vendor, "wrongType", `The content type is ${asked.headers["content-type"]}`), ...known };
  const packing = asked.headers[protocol.compression] ?? "identity";
  const unpack = protocol.unpacked[packing];
  if (unpack === undefined) return { ...refusal(vendor, "wrongEncoding", `The encoding is ${packing}`), ...known };
  try {
    return { ...known, ...opened({ vendor, way, now, signal, encoding }, unpack(asked.body), packing) };
  } catch (error) {
    return { ...refusal(vendor, "unreadable", String(error)), ...known };
  }
}

/** The content types that a vendor takes. */
export const typesOf = ({ isBinaryOnly }: Vendor, { types }: Protocol): Readonly<Record<string, Encoding>> =>
  isBinaryOnly ? Object.fromEntries(Object.entries(types).filter(([, encoding]) => encoding === "protobuf")) : types;

const refusal = (vendor: Vendor, answer: keyof typeof statuses, why: string): Verdict => ({
  status: statusOf(vendor, answer),
  why,
});

function wayOf({ ways }: Vendor, { url }: Asked): { readonly signal: Signal; readonly way: Way } | undefined {
  const [signal, way] = Object.entries(ways).find(([, way]) => new URL(way.url).href === new URL(url).href) ?? [];
  return way === undefined ? undefined : { signal: signal as Signal, way };
}

/** What is wrong with a request before it is opened. */
function unfitIn(vendor: Vendor, way: Way, asked: Asked, isRevoked: boolean): Verdict | undefined {
  if (asked.method !== "POST") return refusal(vendor, "wrongMethod", `The method is ${asked.method}`);
  const wrong = Object.entries(way.headers ?? {}).filter(([name, value]) => !says(asked.headers[name], value));
  if (vendor.secret !== undefined && (isRevoked || wrong.some(([name]) => name === vendor.secret)))
    return refusal(vendor, "wrongSecret", `The secret in ${vendor.secret} is not known`);
  const [name] = wrong[0] ?? [];
  return name === undefined ? undefined : refusal(vendor, "wrongHeader", `${name} says ${asked.headers[name]}`);
}

const says = (said: string | undefined, value: Value): boolean =>
  typeof value === "string" ? said === value : said !== undefined && value.like.test(said);

interface Case {
  readonly vendor: Vendor;
  readonly way: Way;
  readonly now: number;
  readonly signal: Signal;
  readonly encoding: Encoding;
}

function opened({ vendor, way, now, signal, encoding }: Case, body: Uint8Array, packing: string): Verdict {
  const bytes = body.length;
  const { largest = Infinity, largestPlain = largest } = way;
  const limit = packing === "identity" ? largestPlain : largest;
  if (bytes > limit) return { ...refusal(vendor, "tooLarge", `${bytes} bytes are more than ${limit}`), bytes };
  const load = protocols[vendor.protocol ?? "otlp"].read(signal, body, encoding);
  if (isRefusal(load)) return { ...refusal(vendor, "unreadable", `${load.path} is ${load.found}`), bytes };
  const point = load.points?.find((each) => !isOfTemporality(each, vendor));
  if (point !== undefined)
    return { ...refusal(vendor, "wrongTemporality", `${point.name} is ${point.temporality}`), bytes };
  const unfit = unfitRecords(vendor, load.records ?? []);
  return { ...(unfit ?? taken(vendor, way, load, now)), bytes };
}

/** What is wrong with the records of a request, that refuses all of it. */
function unfitRecords(vendor: Vendor, records: NonNullable<Load["records"]>): Verdict | undefined {
  const times = records.flatMap(({ record }) => record.time?.[0] ?? []);
  const hours = (Math.max(...times) - Math.min(...times)) / 3600;
  if (hours > (vendor.widestHours ?? Infinity))
    return refusal(vendor, "tooWide", `Its records are ${hours} h apart, more than ${vendor.widestHours} h`);
  const { bytes = Infinity, entries = Infinity } = vendor.metadata ?? {};
  const large = records
    .map(({ record, resource }) => [...Object.entries(record.attributes), ...Object.entries(resource.attributes)])
    .find((all) => all.length > entries || sizeOf(all) > bytes);
  return large === undefined
    ? undefined
    : refusal(vendor, "tooMuchMetadata", `A record has ${large.length} entries of ${sizeOf(large)} bytes`);
}

const sizeOf = (entries: readonly (readonly [string, unknown])[]): number =>
  entries.reduce(
    (sum, [key, value]) => sum + key.length + (typeof value === "string" ? value : JSON.stringify(value)).length,
    0,
  );

/** Only what never falls has to be as the vendor wants it. */
function isOfTemporality({ type, monotonic, temporality }: PointData, vendor: Vendor): boolean {
  const wanted = vendor.temporality?.[type];
  return wanted === undefined || monotonic === false || temporality === wanted;
}

/** Too old records are refused each; the others are taken all the same. */
function taken(vendor: Vendor, way: Way, load: Partial<Load>, now: number): Verdict {
  const { records = [], spans = [] } = load;
  const earliest = now - (vendor.oldestSpanHours ?? Infinity) * hourMs;
  const late = spans.find(({ end }) => end[0] * 1000 < earliest);
  // Lost without a word, which no test may overlook.
  if (late !== undefined) return refusal(vendor, "tooOld", `A span ended more than ${vendor.oldestSpanHours} h ago`);
  const oldest = (now - (vendor.oldestHours ?? Infinity) * hourMs) / 1000;
  const young = records.filter(({ record }) => (record.time?.[0] ?? 0) >= oldest || record.time === undefined);
  const rejected = records.length - young.length;
  if (rejected === 0) return { status: way.taken ?? statusOf(vendor, "taken"), load };
  const why = `${rejected} of ${records.length} records are more than ${vendor.oldestHours} h old`;
  return { ...refusal(vendor, "tooOld", why), load: { ...load, records: young }, rejected };
}

const hourMs = 3_600_000;
