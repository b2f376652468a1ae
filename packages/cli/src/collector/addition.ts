import { at, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { destinationsOf } from "./destination.ts";
import type { Tier } from "./tier.ts";

/** A value that overrides the merged files, like `--set`. */
export interface Addition {
  readonly path: readonly string[];
  readonly value: string;
}

/** Exporters without a queue: they pass data on at once. */
const queueless: ReadonlySet<string> = new Set(["debug", "file", "nop"]);

/** The values that override the merged files of a tier. */
export const additionsOf = (config: Config, tier: Tier): Addition[] => (tier === "kafka" ? withoutQueues(config) : []);

/**
 * Behind Kafka the backend of the job log has no queue: with one, an offset would be committed when the record is in the
 * queue, which is lost with the disk, and not when the backend has it. Backends beside it keep their
 * queues: exporters are served one after the other, and one that is down would stop the others.
 */
function withoutQueues(config: Config): Addition[] {
  const logs = destinationsOf(config).filter(({ signal }) => signal === "logs");
  const main = logs.filter(({ pipeline }) => pipeline === "logs/backend");
  const ids = (main.length > 0 ? main : logs).flatMap(({ exporters }) => exporters);
  return [...new Set(ids)]
    .filter((id) => !queueless.has(typeOf(id)))
    .map((id) => ["exporters", id, "sending_queue", "enabled"])
    .filter((path) => at(config, path) !== "false")
    .map((path) => ({ path, value: "false" }));
}
