import type { PointData, Signal } from "@jobtrail/otlp";
import type { protocols } from "./protocol.ts";

/** What a vendor's document says of its way in. What is not documented is left out, and is not checked. */
export interface Vendor {
  /** The name of the overlay; its header names the document. */
  readonly backend: string;
  /** What a user would set, with credentials that are none. */
  readonly env: Readonly<Record<string, string>>;
  /** OTLP over HTTP where not said. */
  readonly protocol?: keyof typeof protocols;
  /** Where it takes each signal. */
  readonly ways: Readonly<Partial<Record<Signal, Way>>>;
  /** The header that holds the secret, in lower case; `url` where the address holds it; absent where there is none. */
  readonly secret?: string;
  /** Whether it takes protobuf and no JSON. */
  readonly isBinaryOnly?: boolean;
  /** Whether it speaks HTTP 1.1 only. */
  readonly isOld?: boolean;
  /** The temporality that it takes of counts and of histograms. */
  readonly temporality?: Partial<Record<PointData["type"], PointData["temporality"]>>;
  /** How old a record of the log may be. */
  readonly oldestHours?: number;
  /** How long ago a span may have ended. */
  readonly oldestSpanHours?: number;
  /** How far apart the records of one request may be. */
  readonly widestHours?: number;
  /** How much a record may have beside its body: bytes and entries, those of its resource with it. */
  readonly metadata?: { readonly bytes: number; readonly entries: number };
  /** Statuses that are not those of `statuses`. */
  readonly answers?: Partial<Record<keyof typeof statuses, number>>;
  /** What is documented and not checked here, or checked on weak grounds. */
  readonly checks?: string;
}

/** Where a vendor takes one signal, and what it asks of a request. */
export interface Way {
  /** The whole address. */
  readonly url: string;
  /** What each header has to say; names in lower case. */
  readonly headers?: Readonly<Record<string, Value>>;
  /** How many bytes a request may have, before compression. */
  readonly largest?: number;
  /** How many it may have where it is sent without compression, if that is fewer. */
  readonly largestPlain?: number;
  /** The status of an answer to a request that was taken, where it is not the vendor's. */
  readonly taken?: number;
}

/** What a header has to say: a text, or a form that many texts have. */
export type Value = string | { readonly like: RegExp; readonly such: string };

/** What is answered in each case where a vendor's document does not say otherwise, as OTLP and HTTP have it. */
export const statuses = {
  taken: 200,
  noSuchPath: 404,
  wrongMethod: 405,
  wrongSecret: 401,
  wrongHeader: 400,
  wrongType: 415,
  wrongEncoding: 415,
  tooLarge: 413,
  unreadable: 400,
  wrongTemporality: 400,
  tooOld: 400,
  tooWide: 400,
  tooMuchMetadata: 400,
} as const;

/** The status of a vendor's answer. */
export const statusOf = ({ answers }: Vendor, answer: keyof typeof statuses): number =>
  answers?.[answer] ?? statuses[answer];
