import type { Config } from "./config.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";

/** A pipeline that brings a signal out of the Collector. */
export interface Destination {
  readonly signal: Signal;
  /** The pipeline, such as `logs/backend`. */
  readonly pipeline: string;
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** Where a configuration brings what comes in; what only counts or ends in the Collector is left out. */
export const destinationsOf = ({ service, exporters: known }: Config): Destination[] =>
  signals.flatMap((signal) =>
    Object.entries(service.pipelines)
      .filter(
        ([id, { receivers }]) => id.startsWith(`${signal}/`) && receivers.some((each) => each.startsWith("forward/")),
      )
      .map(([pipeline, { processors, exporters }]) => ({
        signal,
        pipeline,
        processors,
        exporters: exporters.filter((id) => id in known && id !== "nop"),
      }))
      .filter(({ exporters }) => exporters.length > 0),
  );
