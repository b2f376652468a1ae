import type { Backend } from "./backend.ts";
import type { Config } from "./config.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";

/** A pipeline that sends a signal out of the Collector. */
export interface Destination {
  readonly signal: Signal;
  /** The pipeline, such as `logs/backend`. */
  readonly pipeline: string;
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** The pipelines that send data to a backend; pipelines that only count, or end in the Collector, are left out. */
export const destinationsOf = ({ service, exporters: known }: Config): Destination[] =>
  signals.flatMap((signal) =>
    Object.entries(service.pipelines)
      .filter(
        ([id, { receivers }]) =>
          id.startsWith(`${signal}/`) && receivers.some((each) => /^(forward\/|kafka\/logs_)/.test(each)),
      )
      .map(([pipeline, { processors, exporters }]) => ({
        signal,
        pipeline,
        processors,
        exporters: exporters.filter((id) => id in known && id !== "nop"),
      }))
      .filter(({ exporters }) => exporters.length > 0),
  );

/** The backend that a pipeline sends to: the one that it is named after, else the first whose pipelines have no names of their own. */
export const backendOfPipeline = (
  { signal, pipeline }: Pick<Destination, "signal" | "pipeline">,
  backends: readonly Backend[],
  { service }: Config,
): Backend | undefined =>
  backends.find(({ name }) => pipeline === `${signal}/${name}`) ??
  backends.find(({ name, takes }) => takes.includes(signal) && !(`${signal}/${name}` in service.pipelines));
