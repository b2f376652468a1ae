import { isMap } from "yaml";
import type { Document } from "yaml";
import { additionsOf } from "./addition.ts";
import type { Addition } from "./addition.ts";
import { backendOf, fragmentOf } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { configOf, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { destinationsOf } from "./destination.ts";
import { empty, merge, read } from "./document.ts";
import { failure } from "../errors.ts";
import { textOf } from "./files.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";
import { groupsOf, overlayOf } from "./overlay.ts";
import { independenceOf } from "./independence.ts";
import { resendReceiversOf } from "./resend-receiver.ts";
import { tiers } from "./tier.ts";
import type { Tier } from "./tier.ts";

/** The configuration of a Collector, and the files that it is made of. */
export interface Stack {
  readonly tier: Tier;
  readonly backends: readonly Backend[];
  /** In the order in which they are merged. */
  readonly files: readonly string[];
  /** The backends that share a signal with another one, each with its files. */
  readonly further: readonly Further[];
  /** The configuration of those backends, under their own names; absent if there are none. */
  readonly overlay?: Document;
  /** Values that no file can hold, because they depend on the combination of files. */
  readonly additions: readonly Addition[];
  readonly document: Document;
  readonly config: Config;
  /** The signals that no backend accepts. */
  readonly dropped: readonly Signal[];
}

/** A backend beside another, with its files. */
export interface Further {
  readonly backend: Backend;
  readonly files: readonly string[];
}

/** Combines a tier, backends and fragments. @throws CatalogueError if they cannot be combined. */
export function stackOf(tier: Tier, names: readonly string[], fragments: readonly string[] = []): Stack {
  const backends = [...new Set(names)].map(backendOf);
  refuseUnfit(tier, backends);
  const { main, further } = groupsOf(backends);
  const base = ["base.yaml", ...tiers[tier]];
  const wanted = fragments.map(fragmentOf);
  const files = [
    ...base,
    ...new Set([...main.flatMap(({ needs }) => needs), ...main.map(({ file }) => file), ...wanted]),
  ];
  const document = mergedOf(files);
  const alone = further.map((backend) => ({ backend, files: [...backend.needs, backend.file] }));
  const overlay = empty();
  const add = (part: Document): void => {
    merge(overlay, part.clone());
    merge(document, part);
  };
  const merged = (): Config => configOf(document, files.join(" + "));
  if (further.length > 0) add(overlaid(document, base, alone));
  if (fragments.includes("resend")) add(resendReceiversOf(merged(), backends));
  add(independenceOf(document, merged(), tier));
  const additions = additionsOf(merged(), tier);
  for (const { path, value } of additions) document.setIn(path, value);
  const config = merged();
  refuseLoop(config);
  const taken = new Set(destinationsOf(config).map(({ signal }) => signal));
  const dropped = signals.filter((signal) => !taken.has(signal));
  return {
    tier,
    backends,
    files,
    further: alone,
    additions,
    document,
    config,
    dropped,
    ...(hasEntries(overlay) && { overlay }),
  };
}

const hasEntries = ({ contents }: Document): boolean => isMap(contents) && contents.items.length > 0;

const overlaid = (document: Document, base: readonly string[], further: readonly Further[]): Document =>
  overlayOf(
    document,
    configOf(mergedOf(base), base.join(" + ")),
    further.map(({ backend, files }) => ({ backend, document: mergedOf([...base, ...files]) })),
  );

function mergedOf([first = "", ...rest]: readonly string[]): Document {
  const document = read(textOf(first), first);
  for (const file of rest) merge(document, read(textOf(file), file));
  return document;
}

function refuseUnfit(tier: Tier, backends: readonly Backend[]): void {
  const [first] = backends;
  if (tier === "kafka-agent" && first !== undefined)
    throw failure("JOBTRAIL_OPTION_UNFIT", {
      reason: `the tier kafka-agent sends everything to Kafka: leave out --backend ${first.name}, or use --tier kafka.`,
    });
  if (tier !== "kafka-agent" && first === undefined) throw failure("JOBTRAIL_BACKEND_MISSING", undefined);
}

/** Refuses a stack that sends to its own source: both sides of Kafka are configured by the same variables. */
function refuseLoop(config: Config): void {
  const comesBy = new Set(Object.values(config.service.pipelines).flatMap(({ receivers }) => receivers.map(typeOf)));
  const id = destinationsOf(config)
    .flatMap(({ exporters }) => exporters)
    .find((exporter) => comesBy.has(typeOf(exporter)));
  if (id !== undefined)
    throw failure("JOBTRAIL_OPTION_UNFIT", {
      reason: `${id} would send everything back to its source, in an endless loop: name another backend or tier.`,
    });
}
