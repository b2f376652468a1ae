import type { Document } from "yaml";
import { additionsOf } from "./addition.ts";
import type { Addition } from "./addition.ts";
import { backendOf, fragmentOf } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { configOf, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { destinationsOf } from "./destination.ts";
import { merge, read } from "./document.ts";
import { Fault } from "./fault.ts";
import { textOf } from "./files.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";
import { groupsOf, overlayOf } from "./several.ts";
import type { Grouped } from "./several.ts";
import { tiers } from "./tier.ts";
import type { Tier } from "./tier.ts";

/** What a Collector is made of. */
export interface Stack {
  readonly tier: Tier;
  readonly backends: readonly Backend[];
  /** In the order in which they are merged. */
  readonly files: readonly string[];
  /** The backends that take a signal beside another, each with the files that it is made of. */
  readonly further: readonly Further[];
  /** What those bring, under names of their own; absent where there are none. */
  readonly overlay?: Document;
  /** What no file can say, because it hangs on which files come together. */
  readonly additions: readonly Addition[];
  readonly document: Document;
  readonly config: Config;
  /** The signals that no backend takes. */
  readonly nowhere: readonly Signal[];
}

/** A backend beside another, with its files. */
export interface Further {
  readonly backend: Backend;
  readonly files: readonly string[];
}

/** Puts a tier, backends and fragments together. @throws Fault where they do not go together. */
export function stackOf(tier: Tier, names: readonly string[], fragments: readonly string[] = []): Stack {
  const backends = [...new Set(names)].map(backendOf);
  refuseUnfit(tier, backends);
  const groups = groupsOf(backends);
  const { main, further } = groups;
  const base = ["base.yaml", ...tiers[tier]];
  const wanted = fragments.map(fragmentOf);
  const files = [
    ...base,
    ...new Set([...main.flatMap(({ needs }) => needs), ...main.map(({ file }) => file), ...wanted]),
  ];
  const document = mergedOf(files);
  const alone = further.map((backend) => ({ backend, files: [...backend.needs, backend.file] }));
  const overlay =
    further.length === 0 ? undefined : overlaid(document, base, groups, alone, fragments.includes("resend"));
  if (overlay !== undefined) merge(document, overlay);
  const additions = additionsOf(configOf(document, files.join(" + ")), tier);
  for (const { path, value } of additions) document.setIn(path, value);
  const config = configOf(document, files.join(" + "));
  refuseLoop(config);
  const taken = new Set(destinationsOf(config).map(({ signal }) => signal));
  const nowhere = signals.filter((signal) => !taken.has(signal));
  return { tier, backends, files, further: alone, additions, document, config, nowhere, ...(overlay && { overlay }) };
}

const overlaid = (
  document: Document,
  base: readonly string[],
  groups: Grouped,
  further: readonly Further[],
  hasResend: boolean,
): Document =>
  overlayOf(
    document,
    configOf(mergedOf(base), base.join(" + ")),
    groups,
    further.map(({ backend, files }) => ({ backend, document: mergedOf([...base, ...files]) })),
    hasResend,
  );

function mergedOf([first = "", ...rest]: readonly string[]): Document {
  const document = read(textOf(first), first);
  for (const file of rest) merge(document, read(textOf(file), file));
  return document;
}

function refuseUnfit(tier: Tier, backends: readonly Backend[]): void {
  const [first] = backends;
  if (tier === "kafka-agent" && first !== undefined)
    throw new Fault(`The tier kafka-agent gives all to Kafka: leave out --backend ${first.name}, or say --tier kafka.`);
  if (tier !== "kafka-agent" && first === undefined)
    throw new Fault("Name a backend, such as --backend joblog. `jobtrail collector backends` lists all.");
}

/** What leaves the way that it came in comes in again: both ends of Kafka are told by the same variables. */
function refuseLoop(config: Config): void {
  const comesBy = new Set(Object.values(config.service.pipelines).flatMap(({ receivers }) => receivers.map(typeOf)));
  const id = destinationsOf(config)
    .flatMap(({ exporters }) => exporters)
    .find((exporter) => comesBy.has(typeOf(exporter)));
  if (id !== undefined)
    throw new Fault(
      `${id} would give everything back to where it is taken from, for ever: name another backend or tier.`,
    );
}
