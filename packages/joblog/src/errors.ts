/** Everything that keeps a job log from starting or from writing: the code, what happened with which value, what to do. */
export const catalogue = {
  JOBTRAIL_PORT_IN_USE: ({ address, port }: Endpoint): string =>
    `port ${port} at ${address} is taken by another program, perhaps another job log; end that one, or choose another port with --port.`,
  JOBTRAIL_PORT_FORBIDDEN: ({ port }: Endpoint): string =>
    `this user may not listen at port ${port}; choose one from 1024 with --port.`,
  JOBTRAIL_HOST_UNKNOWN: ({ address }: Endpoint): string =>
    `${JSON.stringify(address)} is no address of this machine; choose localhost, one of its addresses, or 0.0.0.0 with --host.`,
  JOBTRAIL_STORE_IN_USE: ({ folder }: Folder): string =>
    `${folder} is in use by another job log; end that one, or use another folder.`,
  JOBTRAIL_QUERY_INVALID: ({ parameter, found, allowed }: Parameter): string =>
    `${parameter} is "${found}"; allowed: ${allowed}.`,
  JOBTRAIL_QUERY_TOO_WIDE: ({ seconds }: Seconds): string =>
    `there are too many jobs to answer this within ${seconds} s; ask for a shorter time (from, to), or for one queue or name.`,
  JOBTRAIL_EXPORTS_FULL: ({ limit }: Limit): string =>
    `${limit} exports are read already; ask again when one of them is done.`,
  JOBTRAIL_JOB_UNKNOWN: ({ uid }: JobUid): string =>
    `No job has the uid "${uid}". Uids stand in the answer of /api/v1/jobs.`,
  JOBTRAIL_STREAM_FULL: ({ limit }: Limit): string =>
    `${limit} readers follow the stream already; close a page, or ask again later.`,
  JOBTRAIL_STORE_MISSING: ({ folder }: Folder): string => `${folder} holds no job log; name its folder with --data.`,
  JOBTRAIL_STORE_UNWRITABLE: ({ reason }: Reason): string => reason,
  JOBTRAIL_STORE_LATER: ({ path, found, known }: Version): string =>
    `${path} was written by a later version (tables ${found}; this one knows ${known}): update Jobtrail, or use another folder.`,
} as const;

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A parameter of a question that cannot be used; the answer is 400. */
interface Parameter {
  readonly parameter: string;
  readonly found: string;
  readonly allowed: string;
}

interface Seconds {
  readonly seconds: number;
}

interface JobUid {
  readonly uid: string;
}

interface Limit {
  readonly limit: number;
}

interface Folder {
  readonly folder: string;
}

interface Reason {
  readonly reason: string;
}

/** A file of other tables than this version's. */
interface Version {
  readonly path: string;
  readonly found: number;
  readonly known: number;
}

/** The codes of what can keep a job log from listening. */
export type StartCode = "JOBTRAIL_PORT_IN_USE" | "JOBTRAIL_PORT_FORBIDDEN" | "JOBTRAIL_HOST_UNKNOWN";

/** A job log that cannot listen; the original error is its cause. */
export class StartError extends Error {
  readonly code: StartCode;
  constructor(code: StartCode, endpoint: Endpoint, cause: unknown) {
    super(`${code}: ${catalogue[code](endpoint)}`, { cause });
    this.name = "StartError";
    this.code = code;
  }
}

const startCodes: Readonly<Record<string, StartCode>> = {
  EADDRINUSE: "JOBTRAIL_PORT_IN_USE",
  EACCES: "JOBTRAIL_PORT_FORBIDDEN",
  EADDRNOTAVAIL: "JOBTRAIL_HOST_UNKNOWN",
  ENOTFOUND: "JOBTRAIL_HOST_UNKNOWN",
  EAI_AGAIN: "JOBTRAIL_HOST_UNKNOWN",
};

/** The error of the catalogue for why listening failed; the original one where it is none of these. */
export function startError(cause: unknown, endpoint: Endpoint): unknown {
  const code = cause instanceof Error && "code" in cause ? startCodes[String(cause.code)] : undefined;
  return code === undefined ? cause : new StartError(code, endpoint, cause);
}

/** The codes of why a store cannot be used: it cannot be written, another job log has it open, a later version wrote it, or there is none. */
export type StoreCode =
  | "JOBTRAIL_STORE_UNWRITABLE"
  | "JOBTRAIL_STORE_IN_USE"
  | "JOBTRAIL_STORE_LATER"
  | "JOBTRAIL_STORE_MISSING";

/** The store cannot be used now: the disk is full, read-only or busy. What was asked may be tried again. */
export class StoreError extends Error {
  readonly code: StoreCode;
  constructor(code: StoreCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = "StoreError";
    this.code = code;
  }
}

/** A store that cannot be written, with what happened and what to do. */
export const unwritable = (reason: string, cause?: unknown): StoreError =>
  new StoreError("JOBTRAIL_STORE_UNWRITABLE", catalogue.JOBTRAIL_STORE_UNWRITABLE({ reason }), { cause });

/** A folder that another job log uses. */
export const folderInUse = (folder: string, cause: unknown): StoreError =>
  new StoreError("JOBTRAIL_STORE_IN_USE", catalogue.JOBTRAIL_STORE_IN_USE({ folder }), { cause });

/** A file that a later version wrote. */
export const laterVersion = (version: Version): StoreError =>
  new StoreError("JOBTRAIL_STORE_LATER", catalogue.JOBTRAIL_STORE_LATER(version));

/** A folder without a job log. */
export const noJobLog = (folder: string): StoreError =>
  new StoreError("JOBTRAIL_STORE_MISSING", catalogue.JOBTRAIL_STORE_MISSING({ folder }));

/** A question that cannot be answered in the time that there is. */
export class QueryError extends Error {
  readonly code = "JOBTRAIL_QUERY_TOO_WIDE";
  constructor(seconds: number) {
    super(catalogue.JOBTRAIL_QUERY_TOO_WIDE({ seconds }));
    this.name = "QueryError";
  }
}
