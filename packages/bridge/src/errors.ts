import { failureOf } from "@jobtrail/conventions";
import type { CodeOf, Failure } from "@jobtrail/conventions";

/** Why a bridge does not start, and why it cannot read its source for the moment. */
export const catalogue = {
  JOBTRAIL_BRIDGE_CONFIG: ({ file, path, fault }: Configured): string =>
    `${file}: ${path === "" ? "the file" : path} is wrong: ${fault}. See jobtrail bridge --example.`,
  JOBTRAIL_BRIDGE_VARIABLE: ({ file, path, variable }: Variable): string =>
    `${file}: ${path} needs the environment variable ${variable}, which is not set. Set it, or write another value.`,
  JOBTRAIL_BRIDGE_PLAIN_HTTP: ({ file, path, host }: Plain): string =>
    `${file}: ${path} sends credentials to ${host} without TLS. Write https://, or tunnel to a loopback address.`,
  JOBTRAIL_BRIDGE_LISTEN: ({ address, reason }: Listening): string =>
    `${address} cannot be listened on: ${reason}. Choose another address with listen.`,
  JOBTRAIL_BRIDGE_REJECTS: ({ file, reason }: File): string =>
    `${file}: a record that was refused cannot be kept: ${reason}. Make room, or run the bridge as a user who may write there.`,
  JOBTRAIL_SOURCE_UNREACHABLE: ({ says, advice }: Failing): string => `${says}. ${advice}`,
  JOBTRAIL_SOURCE_UNAUTHORIZED: ({ from, message, key }: Answered): string =>
    `${from} answers 401 (not authorized)${message}. The credentials are wrong or have expired: correct ${key}.`,
  JOBTRAIL_SOURCE_CLOCK: ({ from, message, skew }: Answered & { readonly skew: string }): string =>
    `${from} answers 401 (not authorized)${message}. The clock of this machine is ${skew} its clock, and a signature holds the time: correct the clock. The bridge signs with the server's time until then.`,
  JOBTRAIL_SOURCE_FORBIDDEN: ({ from, message, permission }: Forbidden): string =>
    `${from} answers 403 (forbidden)${message}. ${permission}`,
  JOBTRAIL_SOURCE_NOT_FOUND: ({ from, message, address }: Answered & Addressed): string =>
    `${from} answers 404 (not found)${message}. Correct ${address}.`,
  JOBTRAIL_SOURCE_BUSY: ({ from, status, message }: Answered): string =>
    `${from} answers ${status} (${status === 429 ? "too many requests" : "not available"})${message}. The bridge waits as long as it is asked to; if this lasts, poll less often with every.`,
  JOBTRAIL_SOURCE_FAILING: ({ from, status, message }: Answered): string =>
    `${from} answers ${status}${message}. Look at its own log; the bridge tries again.`,
  JOBTRAIL_SOURCE_REDIRECTS: ({ from, status, target, address }: Redirecting): string =>
    `${from} answers ${status}, a redirect to ${target}. The bridge follows none, because its requests hold credentials: if that is the right server, write its address into ${address}.`,
  JOBTRAIL_SOURCE_NO_JSON: ({ from, found, address }: Found): string =>
    `${from} answers ${found} instead of JSON. If this lasts, a login page or a proxy stands before it: correct ${address}.`,
  JOBTRAIL_SOURCE_TOO_LARGE: ({ from, limit }: Limited): string =>
    `${from} answers with more than ${limit} bytes. The bridge asks for less at once.`,
} as const;

interface Configured {
  readonly file: string;
  readonly path: string;
  readonly fault: string;
}

interface Variable {
  readonly file: string;
  readonly path: string;
  readonly variable: string;
}

interface Plain {
  readonly file: string;
  readonly path: string;
  readonly host: string;
}

interface Listening {
  readonly address: string;
  readonly reason: string;
}

interface File {
  readonly file: string;
  readonly reason: string;
}

interface Failing {
  readonly says: string;
  readonly advice: string;
}

interface Answered {
  /** The server's address, without user, password and query. */
  readonly from: string;
  readonly status: number;
  /** The server's own message behind a colon, or nothing. */
  readonly message: string;
  /** The setting that holds the credentials. */
  readonly key: string;
}

interface Addressed {
  /** The setting that holds the address. */
  readonly address: string;
}

interface Forbidden extends Answered {
  /** What the credentials need, and what works without it. */
  readonly permission: string;
}

interface Redirecting extends Answered, Addressed {
  readonly target: string;
}

interface Found extends Addressed {
  readonly from: string;
  readonly found: string;
}

interface Limited {
  readonly from: string;
  readonly limit: number;
}

/** The codes of this package's errors. */
export type Code = CodeOf<typeof catalogue>;

/** An error of this package's catalogue. */
export const failure: Failure<typeof catalogue> = failureOf(catalogue);

export { reasonOf } from "@jobtrail/conventions";
