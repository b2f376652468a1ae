import { at, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { destinationsOf } from "./destination.ts";
import type { Tier } from "./tier.ts";

/** A value that is set over the merged files, as `--set` does it. */
export interface Addition {
  readonly path: readonly string[];
  readonly value: string;
}

/** These hand on what they get at once. */
const queueless: ReadonlySet<string> = new Set(["debug", "file", "nop"]);

/** What has to be set over the merged files of a tier. */
export const additionsOf = (config: Config, tier: Tier): Addition[] => (tier === "kafka" ? withoutQueues(config) : []);

/**
 * Behind Kafka the job log's backend has no queue: a message's offset would be committed when the record is in the
 * queue, which is lost with the disk, and not when the backend has it. What stands beside that backend keeps its
 * queue: exporters are served one after the other, and one that is down would stop the other.
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
