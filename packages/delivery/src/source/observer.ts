import type { MetricName } from "@jobtrail/conventions";
import type { Attributes } from "@opentelemetry/api";
import type { Source } from "./source.ts";

/** A value that only an outside view has, at this moment. */
export interface Gauge {
  readonly metric: MetricName;
  readonly attributes: Attributes;
  readonly value: number;
}

/** What watches a job system from outside of the processes that use it. */
export interface Observer<Mark = unknown> extends AsyncDisposable {
  readonly source: Source<Mark>;
  /** Measures now. */
  gauges(): Promise<readonly Gauge[]>;
}

/** What an observer is told. */
export interface Observed {
  readonly url: string;
  /** Gives a module as the app itself would load it. @throws Error where the app has none. */
  readonly load: (module: string) => unknown;
  /** The queues to observe; all where there are none. */
  readonly queues: readonly string[];
  /** What the app's keys begin with, or its schema; the library's own default where absent. */
  readonly prefix?: string | undefined;
  /** How often what nothing announces is looked at, in milliseconds. */
  readonly everyMs: number;
  /** Ends the source once all that there is was read. */
  readonly once?: boolean | undefined;
}
