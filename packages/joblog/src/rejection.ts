import { encodeStatus } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";

/** Why a request is not taken, as HTTP and OTLP say it. */
export interface Rejection {
  readonly status: 400 | 413 | 415 | 503;
  /** One line: what was wrong, and what to do where that is not plain. */
  readonly message: string;
}

/** A rejection. */
export const reject = (status: Rejection["status"], message: string): Rejection => ({ status, message });

/** Whether something is a rejection. */
export const isRejection = (value: object): value is Rejection => "status" in value && "message" in value;

/** The codes of google.rpc that go with them. */
const codes: Record<Rejection["status"], number> = { 400: 3, 413: 8, 415: 3, 503: 14 };

/** The answer to a request that is not taken. */
export const rejected = ({ status, message }: Rejection, encoding: Encoding): Response =>
  answer(encodeStatus(encoding, codes[status], message), encoding, status);

/** Media types, as they stand in Content-Type. */
export const mediaTypes: Record<Encoding, string> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** An answer to a sender of telemetry. */
export const answer = (body: Uint8Array, encoding: Encoding, status: number): Response =>
  new Response(Buffer.from(body), {
    status,
    headers: {
      "content-type": mediaTypes[encoding],
      // Short: SDKs try again for ten seconds in all and give up where this is longer than what is left.
      ...(status === 503 && { "retry-after": "1" }),
    },
  });
