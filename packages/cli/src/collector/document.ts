import { isAlias, isMap, isScalar, parseDocument, visit } from "yaml";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import { failure } from "../errors.ts";

/**
 * Reads YAML so that every scalar stays the text that was written: the Collector alone decides whether `1_000` is a
 * number or `2026-01-31` a time. So a written document means the same to the Collector as the one that was read.
 */
export function read(text: string, name: string): Document {
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw failure("JOBTRAIL_FILE_INVALID", { name, reason: `it is not YAML: ${error.message}` });
  if (!isMap(document.contents)) throw failure("JOBTRAIL_FILE_INVALID", { name, reason: "it is no map of YAML" });
  resolveAliases(document);
  return document;
}

/** Anchors belong to one file, and the files are merged, so aliases are replaced by their values. */
function resolveAliases(document: Document): void {
  visit(document, {
    Alias: (_, alias) => alias.resolve(document)?.clone() as Node | undefined,
    Map: (_, map) => inherit(map, document),
  });
  visit(document, { Node: (_, node) => void ("anchor" in node && delete node.anchor) });
}

/** Adds the entries of the map that `<<` names, except keys that the map has itself. */
function inherit(map: YAMLMap, document: Document): void {
  const index = map.items.findIndex(({ key }) => nameOf(key) === "<<");
  if (index === -1) return;
  const [pair] = map.items.splice(index, 1);
  const source = isAlias(pair?.value) ? pair.value.resolve(document) : pair?.value;
  const taken = isMap(source) ? source.items.filter(({ key }) => !map.has(nameOf(key))) : [];
  map.items.splice(index, 0, ...taken.map((each) => each.clone()));
}

/** An empty document. */
export function empty(): Document {
  const document = read("{}", "");
  if (isMap(document.contents)) delete document.contents.flow;
  return document;
}

/** Merges one document over another as the Collector does: maps deeply, all else is replaced. */
export function merge(into: Document, from: Document): void {
  mergeMap(into.contents as YAMLMap, from.contents as YAMLMap);
}

/** YAML without line wrapping. */
export const write = (document: Document): string =>
  document.toString({ lineWidth: 0, flowCollectionPadding: false, indentSeq: true });

function mergeMap(into: YAMLMap, from: YAMLMap): void {
  for (const pair of from.items) {
    const mine = into.items.find(({ key }) => nameOf(key) === nameOf(pair.key));
    if (mine === undefined) add(into, pair);
    else if (isMap(mine.value) && isMap(pair.value)) mergeMap(mine.value, pair.value);
    else replace(mine, pair);
  }
}

/** Changes the map to block style: the new entry may have comments, which braces cannot hold. */
function add(into: YAMLMap, pair: Pair): void {
  delete into.flow;
  into.items.push(pair);
}

/** Replaces a value together with its comment, which explains the value. */
function replace(mine: Pair, { key, value }: Pair): void {
  mine.key = key;
  mine.value = value;
}

const nameOf = (key: unknown): string => String(isScalar(key) ? key.value : key);
