import { visit } from "yaml";
import type { Document, YAMLMap } from "yaml";
import { at } from "./config.ts";
import type { Config, Pipeline } from "./config.ts";
import { destinationsOf } from "./destination.ts";
import type { Destination } from "./destination.ts";
import { empty, merge, read } from "./document.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";
import type { Tier } from "./tier.ts";

/**
 * The settings that keep the backends of one signal from waiting for each other. A Collector passes a record to one
 * pipeline after the other: one whose queue is full would stop the others, by waiting or by an error that makes the
 * sender repeat the record for all.
 */
export function independenceOf(document: Document, config: Config, tier: Tier): Document {
  const overlay = empty();
  for (const signal of signals) {
    const all = sharing(config, signal);
    if (all.length < 2) continue;
    const isFromKafka = tier === "kafka" && signal === "logs";
    for (const part of isFromKafka
      ? all.filter(isBesideMain).map((each) => ownConsumer(document, config, each))
      : apart(config, all))
      merge(overlay, part);
  }
  return overlay;
}

/** The pipelines that receive every record of a signal at the same moment. */
const sharing = (config: Config, signal: Signal): Destination[] =>
  destinationsOf(config).filter(
    (each) =>
      each.signal === signal &&
      config.service.pipelines[each.pipeline]?.receivers.includes(`forward/${signal}`) === true,
  );

const isBesideMain = ({ pipeline }: Destination, index: number, all: readonly Destination[]): boolean =>
  all.some((each) => each.pipeline === "logs/backend") ? pipeline !== "logs/backend" : index > 0;

/** Each pipeline takes its records at once, and drops what its own full queue cannot take. */
const apart = (config: Config, all: readonly Destination[]): Document[] => [
  commented(
    written("processors: {batch/apart: {timeout: 0s, send_batch_size: 0}}"),
    ["processors", "batch/apart"],
    "Passes on without waiting, so that no backend waits for the full queue of another.",
  ),
  ...all.map(({ pipeline, processors }) => pipelineOf(pipeline, { processors: [...processors, "batch/apart"] })),
  ...all
    .flatMap(({ exporters }) => exporters)
    .filter((id) => at(config, ["exporters", id, "sending_queue", "block_on_overflow"]) === "true")
    .map((id) =>
      commented(
        written(`exporters: {${id}: {sending_queue: {block_on_overflow: false}}}`),
        ["exporters", id, "sending_queue", "block_on_overflow"],
        "What a full queue cannot take is dropped for this backend alone; the second sink has it.",
      ),
    ),
];

/**
 * Behind Kafka each further backend of the job log reads Kafka by itself: its own offsets are committed, so it neither
 * waits for the others nor makes them wait.
 */
function ownConsumer(document: Document, config: Config, { pipeline, processors }: Destination): Document {
  const name = pipeline.slice("logs/".length);
  const id = `kafka/logs_${name}`;
  const resends = "otlp/resend" in config.receivers ? ["otlp/resend"] : [];
  const part = pipelineOf(pipeline, {
    receivers: [id, ...resends],
    processors: ["memory_limiter", ...processors],
  });
  const receiver = document.getIn(["receivers", "kafka/logs"], true);
  part.setIn(["receivers", id], (receiver as YAMLMap).clone());
  part.setIn(["receivers", id, "group_id"], `\${env:KAFKA_GROUP:-jobtrail}-logs-${name}`);
  return part;
}

/** The settings of a pipeline. */
export const pipelineOf = (id: string, pipeline: Partial<Pipeline>): Document =>
  written(`
service:
  pipelines:
    ${id}:
${Object.entries(pipeline)
  .map(([key, ids]) => `      ${key}: [${ids.join(", ")}]`)
  .join("\n")}
`);

/** A document of a text that this command writes, in block style. */
export function written(text: string): Document {
  const document = read(text, "a part of the configuration");
  visit(document, { Map: (_, map) => void delete map.flow });
  return document;
}

/** Puts a comment before a key. */
function commented(document: Document, path: readonly string[], text: string): Document {
  const map = document.getIn(path.slice(0, -1)) as YAMLMap<{ value: string; commentBefore?: string }>;
  const pair = map.items.find(({ key }) => key.value === path.at(-1));
  if (pair !== undefined) pair.key.commentBefore = ` ${text}`;
  return document;
}
