import { writeBody } from "./envelope.ts";
import type { Encoding } from "./envelope.ts";
import { one } from "./field.ts";
import { int32, int64, text } from "./kind.ts";
import { message } from "./message.ts";
import type { Message } from "./message.ts";

/** What a request carries. */
export type Signal = "logs" | "traces" | "metrics";

/** The answer to a request that was taken, saying how many of its records were not, and why. */
export function encodeResponse(
  kind: Signal,
  encoding: Encoding,
  rejected?: { readonly count: number; readonly message: string },
): Uint8Array {
  const partial = rejected && { [countNames[kind]]: rejected.count, errorMessage: rejected.message };
  return writeBody(partial === undefined ? {} : { partialSuccess: partial }, encoding, responses[kind]);
}

/** The body of an answer that takes nothing: a `google.rpc.Status`. */
export const encodeStatus = (encoding: Encoding, code: number, why: string): Uint8Array =>
  writeBody({ code, message: why }, encoding, status);

type Rejected = Record<string, number | bigint | string>;

interface Response {
  readonly partialSuccess?: Rejected;
}

const countNames: Record<Signal, string> = {
  logs: "rejectedLogRecords",
  traces: "rejectedSpans",
  metrics: "rejectedDataPoints",
};

const response = (kind: Signal): Message<Response> =>
  message<Response>({
    partialSuccess: one(1, message<Rejected>({ [countNames[kind]]: one(1, int64), errorMessage: one(2, text) })),
  });

const responses: Record<Signal, Message<Response>> = {
  logs: response("logs"),
  traces: response("traces"),
  metrics: response("metrics"),
};

const status = message<{ code: number; message: string }>({ code: one(1, int32), message: one(2, text) });
