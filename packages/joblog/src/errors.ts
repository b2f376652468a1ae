/** What can keep a job log from starting: the code, what happened with which value, what to do. */
const catalogue = {
  JOBTRAIL_PORT_IN_USE: ({ address, port }: Place) =>
    `port ${port} at ${address} is taken by another program, perhaps another job log; end that one, or choose another port with --port.`,
  JOBTRAIL_PORT_FORBIDDEN: ({ port }: Place) =>
    `this user may not listen at port ${port}; choose one from 1024 with --port.`,
  JOBTRAIL_HOST_UNKNOWN: ({ address }: Place) =>
    `${JSON.stringify(address)} is no address of this machine; choose localhost, one of its addresses, or 0.0.0.0 with --host.`,
} as const;

/** The codes of what can keep a job log from starting. */
export type StartCode = keyof typeof catalogue;

interface Place {
  readonly address: string;
  readonly port: number;
}

/** A job log that cannot start; the original error is its cause. */
export class StartError extends Error {
  readonly code: StartCode;
  constructor(code: StartCode, place: Place, cause: unknown) {
    super(`${code}: ${catalogue[code](place)}`, { cause });
    this.name = "StartError";
    this.code = code;
  }
}

const codes: Readonly<Record<string, StartCode>> = {
  EADDRINUSE: "JOBTRAIL_PORT_IN_USE",
  EACCES: "JOBTRAIL_PORT_FORBIDDEN",
  EADDRNOTAVAIL: "JOBTRAIL_HOST_UNKNOWN",
  ENOTFOUND: "JOBTRAIL_HOST_UNKNOWN",
  EAI_AGAIN: "JOBTRAIL_HOST_UNKNOWN",
};

/** The error of the catalogue for why listening failed; the original one where it is none of these. */
export function startError(cause: unknown, place: Place): unknown {
  const code = cause instanceof Error && "code" in cause ? codes[String(cause.code)] : undefined;
  return code === undefined ? cause : new StartError(code, place, cause);
}
