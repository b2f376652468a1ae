import type { Identity, Reading } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import type { Host } from "./host.ts";

/** What is to be converted, and how. */
export interface Conversion {
  /** A schema's name, `auto`, `events` or `otlp`. */
  readonly from: string;
  /** A schema's name, `events` or `otlp`. */
  readonly to: string;
  readonly format: "ndjson" | "csv";
  readonly reading: Reading;
  readonly identity: Identity;
  /** When the records were learned of, where they do not say so; the time of the start where absent. */
  readonly seen?: HrTime | undefined;
  /** Where OTLP is sent to; it is printed where absent. */
  readonly endpoint?: string | undefined;
  /** The file of what cannot be read. */
  readonly rejects?: string | undefined;
  readonly host: Host;
}

/** What became of all that was read. */
export interface Counts {
  readonly written: number;
  readonly other: number;
  readonly rejected: number;
  /** Answers that were errors. */
  readonly errors: number;
  /** Events that say that something in their record is odd. */
  readonly anomalous: number;
  /** What is odd, and how often; where much is, not all of it. */
  readonly anomalies: ReadonlyMap<string, number>;
  /** What the inputs were recognised as. */
  readonly recognised: readonly string[];
}
