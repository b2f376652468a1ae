import type { BindPoint } from "@jobtrail/core/recorder";

/** How a bridge stands, as its health says it. */
export interface Standing {
  readonly name: string;
  readonly system: string;
  /** `starting` until the first success; `failing` while the last try failed. */
  readonly state: "starting" | "reading" | "failing";
  /** ISO 8601. */
  readonly lastSuccess?: string;
  /** How far behind its source the bridge is, in seconds. */
  readonly lagSeconds?: number;
  readonly records: number;
  readonly refused: number;
  readonly error?: string;
}

/** Counts what a bridge does, for its metrics and its health. */
export interface Status {
  /** A request was answered with a status, or failed with a code. */
  asked(status: number | string): void;
  /** Records were read and acknowledged. */
  read(records: number): void;
  refused(): void;
  /** All that the source showed until a time, in milliseconds, has been read and acknowledged. */
  caughtUp(until: number): void;
  failed(message: string): void;
  /** Says the lag as it is now. */
  measure(): void;
  standing(): Standing;
}

interface Options {
  readonly name: string;
  readonly system: string;
  readonly now: () => number;
  readonly bind?: BindPoint | undefined;
}

/** The status of a bridge that has not begun. */
export function statusOf({ name, system, now, bind = () => () => undefined }: Options): Status {
  const labels = { "job.system.name": system, "job.bridge.name": name };
  const lag = bind("job.bridge.lag", labels);
  const success = bind("job.bridge.last_success.time", labels);
  const records = bind("job.bridge.records", labels);
  const refusals = bind("job.bridge.refusals", labels);
  const started = now();
  const counts = { records: 0, refused: 0 };
  let [until, succeeded, error]: [number?, number?, string?] = [];
  const lagSeconds = (): number => Math.max(0, (now() - (until ?? started)) / 1000);
  return {
    asked: (status) =>
      bind("job.bridge.requests", {
        ...labels,
        ...(typeof status === "number" ? { "http.response.status_code": status } : { "error.type": status }),
      })(1),
    read(count) {
      counts.records += count;
      records(count);
    },
    refused() {
      counts.refused++;
      refusals(1);
    },
    caughtUp(time) {
      until = Math.max(until ?? 0, Math.min(time, now()));
      succeeded = now();
      error = undefined;
      success(succeeded / 1000);
      lag(lagSeconds());
    },
    failed(message) {
      error = message;
      lag(lagSeconds());
    },
    measure: () => lag(lagSeconds()),
    standing: () => ({
      name,
      system,
      state: error !== undefined ? "failing" : succeeded === undefined ? "starting" : "reading",
      ...(succeeded !== undefined && { lastSuccess: new Date(succeeded).toISOString() }),
      ...(until !== undefined && { lagSeconds: Math.round(lagSeconds()) }),
      ...counts,
      ...(error !== undefined && { error }),
    }),
  };
}
