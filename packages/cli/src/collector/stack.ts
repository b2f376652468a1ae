import { isMap } from "yaml";
import type { Document } from "yaml";
import { additionsOf } from "./addition.ts";
import type { Addition } from "./addition.ts";
import { backendOf, fragmentOf } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { at, configOf, placesIn, typeOf } from "./config.ts";
import type { Config } from "./config.ts";
import { destinationsOf } from "./destination.ts";
import { merge, read } from "./document.ts";
import { Fault } from "./fault.ts";
import { textOf } from "./files.ts";
import { signals } from "./header.ts";
import type { Signal } from "./header.ts";

/** Where a Collector stands. */
export type Tier = "agent" | "gateway" | "kafka" | "kafka-agent";

/** The tiers, each with its files. */
export const tiers: Readonly<Record<Tier, readonly string[]>> = {
  agent: ["agent.yaml"],
  gateway: ["gateway.yaml"],
  kafka: ["gateway.yaml", "kafka-gateway.yaml"],
  "kafka-agent": ["kafka-agent.yaml"],
};

/** What a Collector is made of. */
export interface Stack {
  readonly tier: Tier;
  readonly backends: readonly Backend[];
  /** In the order in which they are merged. */
  readonly files: readonly string[];
  /** What no file can say, because it hangs on which files come together. */
  readonly additions: readonly Addition[];
  readonly document: Document;
  readonly config: Config;
  /** The signals that no backend takes. */
  readonly nowhere: readonly Signal[];
}

/** Puts a tier, backends and fragments together. @throws Fault where they do not go together. */
export function stackOf(tier: Tier, names: readonly string[], fragments: readonly string[] = []): Stack {
  const backends = [...new Set(names)].map(backendOf);
  refuseConflicts(tier, backends);
  const needed = backends.flatMap(({ needs }) => needs);
  const wanted = [...needed, ...backends.map(({ file }) => file), ...fragments.map(fragmentOf)];
  const files = ["base.yaml", ...tiers[tier], ...new Set(wanted)];
  const document = mergedOf(files);
  const additions = additionsOf(configOf(document, files.join(" + ")), tier);
  for (const { path, value } of additions) document.setIn(path, value);
  const config = configOf(document, files.join(" + "));
  refuseLoop(config);
  const taken = new Set(destinationsOf(config).map(({ signal }) => signal));
  const nowhere = signals.filter((signal) => !taken.has(signal));
  return { tier, backends, files, additions, document, config, nowhere };
}

function mergedOf([first = "", ...rest]: readonly string[]): Document {
  const document = read(textOf(first), first);
  for (const file of rest) merge(document, read(textOf(file), file));
  return document;
}

function refuseConflicts(tier: Tier, backends: readonly Backend[]): void {
  const [first] = backends;
  if (tier === "kafka-agent" && first !== undefined)
    throw new Fault(`The tier kafka-agent gives all to Kafka: leave out --backend ${first.name}, or say --tier kafka.`);
  if (tier !== "kafka-agent" && first === undefined)
    throw new Fault("Name a backend, such as --backend joblog. `jobtrail collector backends` lists all.");
  for (const [i, one] of backends.entries()) for (const other of backends.slice(i + 1)) refuseBoth(one, other);
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

/** A backend with pipelines of its own, as the job log has them, goes with all others. */
const isBeside = ({ document }: Backend): boolean =>
  !Object.keys(at(document.toJS(), ["service", "pipelines"]) ?? {}).some((id) => id.endsWith("/backend"));

function refuseBoth(one: Backend, other: Backend): void {
  if (isBeside(one) || isBeside(other)) return;
  const both = one.takes.filter((signal) => other.takes.includes(signal));
  if (both.length > 0)
    throw new Fault(
      `${one.name} and ${other.name} both take ${both.join(" and ")}: a signal has one backend. Leave one out, or run a Collector for each.`,
    );
  const place = contradiction(one.document, other.document);
  if (place !== undefined)
    throw new Fault(`${one.name} and ${other.name} both set ${place}: run a Collector for each.`);
}

/** The first place where two files say something else, such as each its own list of extensions. */
function contradiction(one: Document, other: Document): string | undefined {
  const [mine, theirs] = [one, other].map((each): unknown => (isMap(each.contents) ? each.toJS() : {}));
  const found = placesIn(mine).find(({ path, text }) => {
    const value = at(theirs, path);
    return value !== undefined && value !== text;
  });
  return found?.path.join(".");
}
