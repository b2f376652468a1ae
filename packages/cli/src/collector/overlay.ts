import { isMap, visit } from "yaml";
import type { Document } from "yaml";
import type { Backend } from "./backend.ts";
import { at, configOf, scalarsIn, typeOf } from "./config.ts";
import type { Config, Pipeline } from "./config.ts";
import { empty } from "./document.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";

/** Backends by how they are merged into a stack. */
export interface Grouped {
  /** Backends whose files are merged unchanged: at most one for each signal. */
  readonly main: readonly Backend[];
  /** Backends that share a signal with a main one: their exporters and pipelines are renamed. */
  readonly further: readonly Backend[];
}

/** Separates the backends that cannot be merged unchanged; the first backend of a signal is the main one. */
export function groupsOf(backends: readonly Backend[]): Grouped {
  const main: Backend[] = [];
  const further: Backend[] = [];
  for (const each of backends) (main.some((other) => collide(other, each)) ? further : main).push(each);
  return { main, further };
}

/** A backend with its own pipeline names, such as the job log, can be merged with all others. */
const isBeside = ({ document }: Backend): boolean =>
  !Object.keys(at(document.toJS(), ["service", "pipelines"]) ?? {}).some((id) => id.endsWith("/backend"));

const collide = (one: Backend, other: Backend): boolean =>
  !isBeside(one) &&
  !isBeside(other) &&
  (one.takes.some((signal) => other.takes.includes(signal)) || contradict(one.document, other.document));

/** Whether two files give the same setting different values, such as the list of extensions. */
function contradict(one: Document, other: Document): boolean {
  const [mine, theirs] = [one, other].map((each): unknown => (isMap(each.contents) ? each.toJS() : {}));
  return scalarsIn(mine).some(({ path, text }) => {
    const value = at(theirs, path);
    return value !== undefined && value !== text;
  });
}

/** A further backend with the configuration that it would have without the others. */
export interface Alone {
  readonly backend: Backend;
  readonly document: Document;
}

/** The connector that passes on what the sampler kept. */
const sampled = "forward/sampled";

/** The processors of a tier that run before each backend, by signal. */
type Before = (signal: Signal) => readonly string[];

/**
 * The configuration that adds further backends to a stack: for each of their signals a pipeline beside the main one,
 * with its own queue, retries and age filter.
 */
export function overlayOf(main: Document, tier: Config, further: readonly Alone[]): Document {
  const overlay = empty();
  const config = configOf(main, "the main backends");
  const before: Before = (signal) =>
    (tier.service.pipelines[`${signal}/backend`]?.processors ?? []).filter((id) => id !== "filter/too_old");
  const split = signals.filter(
    (signal) => before(signal).length > 0 && further.some(({ backend }) => backend.takes.includes(signal)),
  );
  for (const signal of split) splitMain(overlay, config, signal, before(signal));
  for (const each of further) addAlone(overlay, each, before, split);
  const extensions = [config, ...further.map(({ document }) => configOf(document, "one backend"))].flatMap(
    ({ service }) => service.extensions,
  );
  set(overlay, ["service", "extensions"], [...new Set(extensions)]);
  return overlay;
}

/** Moves the main backend behind the sampler, so that one sampler serves all backends. */
function splitMain(overlay: Document, config: Config, signal: Signal, before: readonly string[]): void {
  const { processors = [], exporters = [] } = config.service.pipelines[`${signal}/backend`] ?? {};
  set(overlay, ["connectors", sampled], {});
  set(overlay, ["service", "pipelines", `${signal}/backend`], { processors: before, exporters: [sampled] });
  set(overlay, ["service", "pipelines", `${signal}/main`], {
    receivers: [sampled],
    processors: processors.filter((id) => !before.includes(id)),
    exporters,
  });
}

function addAlone(
  overlay: Document,
  { backend: { name, takes }, document }: Alone,
  before: Before,
  split: readonly Signal[],
): void {
  const config = configOf(document, name);
  const renamed = (id: string): string => `${typeOf(id)}/${name}_${id.split("/")[1] ?? ""}`.replace(/_$/, "");
  for (const signal of takes) {
    const alone = config.service.pipelines[`${signal}/backend`];
    if (alone === undefined) continue;
    const processors = alone.processors.filter((id) => !before(signal).includes(id));
    for (const id of processors) copy(overlay, document, ["processors", id], ["processors", renamed(id)]);
    for (const id of alone.exporters) copy(overlay, document, ["exporters", id], ["exporters", renamed(id)]);
    const pipeline: Pipeline = {
      receivers: [split.includes(signal) ? sampled : `forward/${signal}`],
      processors: processors.map(renamed),
      exporters: alone.exporters.map(renamed),
    };
    addPipeline(overlay, `${signal}/${name}`, pipeline);
  }
  for (const id of Object.keys(config.extensions))
    if (!/^(?:health_check|file_storage)\b/.test(id)) copy(overlay, document, ["extensions", id], ["extensions", id]);
}

function addPipeline(overlay: Document, id: string, { receivers, processors, exporters }: Pipeline): void {
  const passed = processors.length === 0 ? {} : { processors };
  set(overlay, ["service", "pipelines", id], { receivers, ...passed, exporters });
}

/** Sets a value, with lists on one line, as in the files. */
function set(document: Document, path: readonly string[], value: unknown): void {
  const node = document.createNode(value);
  visit(node, { Seq: (_, list) => void (list.flow = true) });
  document.setIn(path, node);
}

/** Copies a setting with its comments. */
function copy(into: Document, from: Document, source: readonly string[], target: readonly string[]): void {
  if (into.hasIn(target)) return;
  const node: unknown = from.getIn(source, true);
  into.setIn(target, (node as { clone?: () => unknown } | undefined)?.clone?.() ?? into.createNode({}));
}
