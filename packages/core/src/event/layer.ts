import type { Key } from "./key.ts";
import { keyOf } from "./key.ts";

/** Attributes as two lists beside each other. What is known of a definition or a run is one layer, kept and shared by its records. */
export class Layer {
  readonly keys: Key[] = [];
  readonly values: unknown[] = [];
  /** How many characters keys and values have together; a number counts as eight. */
  size = 0;
  /** Whether it has what a job counted. */
  hasCounters = false;
  /** Whether many records have it, so that it is worth to keep what was made of it. */
  isShared = false;
  /** Where a writer keeps what it made of the layer, where that is shared. */
  encoded: Uint8Array | undefined = undefined;

  put(key: Key, value: unknown): void {
    this.keys.push(key);
    this.values.push(value);
    this.size += key.name.length + (typeof value === "string" ? value.length : 8);
    if (key.isCounter) this.hasCounters = true;
  }

  /** The value of a name of the registry. */
  get(key: Key): unknown {
    const at = this.keys.indexOf(key);
    return at < 0 ? undefined : this.values[at];
  }

  /** Whether it has a name, which may be any. */
  has(name: string): boolean {
    const key = keyOf(name);
    return this.keys.includes(key) || (key.row === undefined && this.keys.some((each) => each.name === name));
  }
}

/** A layer of an object's values. */
export function layerOf(attributes: object): Layer {
  const layer = new Layer();
  for (const [name, value] of Object.entries(attributes)) layer.put(keyOf(name), value);
  return layer;
}

/** An object of the values of layers; of a name that stands twice, the last. Without a prototype: a host may name a value `__proto__`. */
export function objectOf(layers: readonly Layer[]): Record<string, unknown> {
  const all = Object.create(null) as Record<string, unknown>;
  for (const { keys, values } of layers)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (key !== undefined) all[key.name] = values[i];
    }
  return all;
}
