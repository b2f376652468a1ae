import type { AttributeRow } from "@jobtrail/conventions";
import { rowOf, secret } from "@jobtrail/core/event";
import { codecs } from "./codec.ts";
import type { Codec } from "./codec.ts";
import { stepsOf } from "./field.ts";
import type { Field } from "./field.ts";
import { isList, isObject, put } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

/** A form's fields as a tree, in the order of the table: what stands at each step of a path. */
export interface Node {
  /** The field that stands here; what lies below it is part of its value. */
  readonly field?: Bound;
  readonly children: ReadonlyMap<string, Node>;
  /** The same as a list, which is quicker to go through. */
  readonly members: readonly Member[];
  /** What stands at each item of a list, or at each key that is not listed. */
  readonly any?: Node;
  readonly isSecret: boolean;
  /** Whether this or anything below is secret. */
  readonly hidesAnything: boolean;
}

/** A step that is listed, and what stands there. */
export interface Member {
  readonly key: string;
  readonly node: Node;
}

/** A field with all that is needed to turn its value into an attribute and back. */
export interface Bound {
  /** The field's name. */
  readonly name: string;
  readonly attribute: string;
  readonly codec: Codec;
  /** The registry's row; the system's own names have none. */
  readonly row: AttributeRow | undefined;
  /** Whether it is true of the job whatever happens to it. */
  readonly isOfJob: boolean;
}

/**
 * The tree of a form's fields. `others` are the fields of the schema's other forms: what is secret there is secret here
 * too, where this form says nothing of it, for a record that has lost a field may look like one of another form.
 */
export function treeOf(fields: readonly Field[], others: readonly Field[] = []): Node {
  const own = fields.map((field): Placed => ({ steps: stepsOf(field), field }));
  const secrets = others
    .filter(({ sensitivity }) => sensitivity === "secret")
    .map((field): Placed => ({ steps: stepsOf(field) }))
    .filter(({ steps: path }) => !own.some(({ steps }) => path.every((step, i) => step === steps[i])));
  return nodeOf([...own, ...secrets]);
}

/** A field and where it stands; a path without a field is one of another form's secrets. */
interface Placed {
  readonly steps: readonly string[];
  readonly field?: Field;
}

function nodeOf(placed: readonly Placed[]): Node {
  const here = placed.find(({ steps }) => steps.length === 0);
  const below = Map.groupBy(
    placed.filter(({ steps }) => steps.length > 0),
    ({ steps }) => steps[0] ?? "",
  );
  const nodes = new Map(
    [...below].map(([step, all]) => [step, nodeOf(all.map((each) => ({ ...each, steps: each.steps.slice(1) })))]),
  );
  const any = nodes.get("[]") ?? nodes.get("*");
  nodes.delete("[]");
  nodes.delete("*");
  const isSecret = here !== undefined && (here.field === undefined || here.field.sensitivity === "secret");
  return {
    ...(here?.field !== undefined && { field: boundOf(here.field) }),
    children: nodes,
    members: [...nodes].map(([key, node]) => ({ key, node })),
    ...(any !== undefined && { any }),
    isSecret,
    hidesAnything: isSecret || [...nodes.values(), any].some((node) => node?.hidesAnything),
  };
}

function boundOf({ name, attribute, type, sensitivity }: Field): Bound {
  const row = rowOf(attribute);
  const isOfJob = row?.scope === "definition" || row?.scope === "job";
  return { name, attribute, codec: codecs[sensitivity === "secret" ? "text" : type], row, isOfJob };
}

/** A value with `[secret]` in the place of each secret, and nothing else changed. */
export function redacted(value: Json, node: Node | undefined): Json {
  if (node?.hidesAnything !== true) return value;
  if (node.isSecret) return isEmpty(value) ? value : secret;
  const { any } = node;
  if (isList(value)) return any === undefined ? value : value.map((each) => redacted(each, any));
  if (!isObject(value) || !isAnyHidden(value, node)) return value;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) put(copy, key, redacted(value[key] as Json, node.children.get(key) ?? any));
  return copy;
}

function isAnyHidden(value: JsonObject, { any, members }: Node): boolean {
  if (any?.hidesAnything === true) return true;
  return members.some(({ key, node }) => node.hidesAnything && (value[key] ?? null) !== null);
}

/** Whether a value is empty: then there is no secret to replace. */
const isEmpty = (value: Json): boolean =>
  value === null ||
  value === "" ||
  (isList(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** Whether a path leads to a secret, into one, or to something that holds one. */
export function mayHoldSecrets(path: readonly PropertyKey[], tree: Node): boolean {
  let node: Node | undefined = tree;
  for (const key of path) {
    if (node === undefined || node.isSecret) break;
    node = node.children.get(String(key)) ?? node.any;
  }
  return node?.hidesAnything ?? false;
}
