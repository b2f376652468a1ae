import type { Document } from "yaml";
import { at, typeOf } from "./config.ts";
import type { Pipeline } from "./config.ts";
import type { Destination } from "./destination.ts";
import type { Stack } from "./stack.ts";

/**
 * Reduces a stack to its exporters and what they need, each behind its own port, without queues and batches: so
 * the sender of a request gets the backend's answer.
 */
export function reduced({ document, config }: Stack, ports: ReadonlyMap<Destination, number>): Document {
  const small = document.clone();
  const set = (path: readonly string[], value: unknown): void => small.setIn(path, small.createNode(value));
  const all = [...ports];
  set(["receivers"], Object.fromEntries(all.map(([{ pipeline }, port]) => [`otlp/${pipeline}`, receiver(port)])));
  set(["connectors"], {});
  const extensions = config.service.extensions.filter((id) => !/^(health_check|file_storage)\b/.test(id));
  set(["service"], {
    extensions,
    telemetry: { metrics: { level: "none" } },
    pipelines: Object.fromEntries(all.map(([each]) => [each.pipeline, pipelineOf(each)])),
  });
  keepOnly(small, "exporters", new Set(all.flatMap(([{ exporters }]) => exporters)));
  keepOnly(small, "processors", new Set(all.flatMap(([each]) => pipelineOf(each).processors)));
  keepOnly(small, "extensions", new Set(extensions));
  for (const [id, key] of keeping(config.exporters))
    if (small.hasIn(["exporters", id])) set(["exporters", id, key], { enabled: "false" });
  return small;
}

const receiver = (port: number): object => ({ protocols: { http: { endpoint: `127.0.0.1:${port}` } } });

/** These processors answer before the next component has the data; the sampler decides later too. */
const holding: ReadonlySet<string> = new Set(["batch", "interval", "memory_limiter", "tail_sampling"]);

const pipelineOf = ({ pipeline, processors, exporters }: Destination): Pipeline => ({
  receivers: [`otlp/${pipeline}`],
  processors: processors.filter((id) => !holding.has(typeOf(id))),
  exporters,
});

function keepOnly(document: Document, kind: string, ids: ReadonlySet<string>): void {
  const all = document.toJS() as Record<string, Record<string, unknown>>;
  for (const id of Object.keys(all[kind] ?? {})) if (!ids.has(id)) document.deleteIn([kind, id]);
}

/** The settings of queues and retries of each exporter. */
const keeping = (exporters: Readonly<Record<string, unknown>>): [id: string, key: string][] =>
  Object.entries(exporters).flatMap(([id, settings]) =>
    ["sending_queue", "remote_write_queue", "retry_on_failure", "retry"]
      .filter((key) => at(settings, [key]) !== undefined)
      .map((key): [string, string] => [id, key]),
  );
