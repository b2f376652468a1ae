import type { Reply, Unanswered } from "./exchange.ts";
import { saidIn } from "./response.ts";

/** The result of a request. */
export type Answer = Accepted | Refused | Busy | Failed;

/** The receiver accepted the request, completely or in part. */
export interface Accepted {
  readonly kind: "accepted";
  readonly rejected: number;
  readonly message: string;
}

/** The receiver refused the request for good. */
export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  readonly message: string;
  /** Where a redirect leads. */
  readonly location?: string;
  /** A web page came where OTLP was expected. */
  readonly isPage: boolean;
}

/** The receiver asks for a retry later. */
export interface Busy {
  readonly kind: "busy";
  readonly status: number;
  readonly message: string;
  /** The wait that it asks for, if it does. */
  readonly afterMs?: number;
}

/** The receiver did not answer. */
export interface Failed extends Unanswered {
  readonly kind: "failed";
  /** Whether only a change by a person can end the failure, as with a certificate that is not trusted. */
  readonly isLasting: boolean;
}

/** The statuses after which OTLP lets a sender try again; after every other one it must not. */
const busy: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Failures that only a person can end: TLS and its certificates, headers that HTTP forbids. */
const lasting =
  /^(EPROTO|ERR_SSL_.+|ERR_TLS_.+|CERT_.+|.*_CERT.*|UNABLE_TO_.+|HPE_.+|ERR_INVALID_.+|ERR_UNESCAPED_.+)$/;

/** Reads what came back. */
export function answerOf(reply: Reply): Answer {
  if (!("status" in reply)) return { kind: "failed", ...reply, isLasting: lasting.test(reply.code) };
  const { status, contentType, retryAfter, location, body } = reply;
  const { rejected, message, isPage } = saidIn(body, contentType, status);
  if (status >= 200 && status < 300 && !isPage) return { kind: "accepted", rejected, message };
  if (busy.has(status)) return { kind: "busy", status, message, ...afterOf(retryAfter) };
  return { kind: "refused", status, message, isPage, ...(location !== undefined && { location }) };
}

/** `Retry-After`, in seconds or as a date. */
function afterOf(retryAfter: string | undefined): { afterMs?: number } {
  if (retryAfter === undefined) return {};
  const seconds = Number(retryAfter);
  const afterMs = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return afterMs > 0 ? { afterMs } : {};
}
