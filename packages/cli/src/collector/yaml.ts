import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Node } from "yaml";

/**
 * Reads a variable's text as the Collector does: as YAML with the Collector's own rules. `yes` is a text,
 * and `0x10`, `1_000` and `2026-01-31` are not. Invalid YAML gives the text itself. `undefined` stands for a scalar
 * that is not a text.
 */
export function yamlOf(text: string): unknown {
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false });
  return document.errors.length > 0 ? text : valueOf(document.contents);
}

/** Whether the Collector refuses to read a text: a map with keys that are not texts. */
export function isUnreadable(text: string): boolean {
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false });
  const { contents } = document;
  return (
    document.errors.length === 0 &&
    isMap(contents) &&
    contents.items.some(({ key }) => typeof valueOf(key) !== "string")
  );
}

function valueOf(node: unknown): unknown {
  if (isMap(node))
    return Object.fromEntries(
      node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), valueOf(value)]),
    );
  if (isSeq(node)) return node.items.map(valueOf);
  if (!isScalar(node)) return null;
  return scalarOf(String(node.value ?? ""), (node as Node & { readonly type?: string }).type === "PLAIN");
}

function scalarOf(text: string, isPlain: boolean): string | null | undefined {
  if (!isPlain) return text;
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  return others.some((pattern) => pattern.test(text)) ? undefined : text;
}

/** Plain scalars that are not texts: a boolean, a whole number, a number, a time. */
const others: readonly RegExp[] = [
  /^(?:true|True|TRUE|false|False|FALSE)$/,
  /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[\da-fA-F_]+|\d[\d_]*)$/,
  /^[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d{2})?))?)?$/,
];
