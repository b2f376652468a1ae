import { keyOf } from "@jobtrail/core/recorder";
import type { Key, Layer } from "@jobtrail/core/recorder";
import { bytesOf, varintSize } from "./wire.ts";
import type { Wire } from "./wire.ts";

/** The tag of the attributes in each message: the field's number, and that a length follows. */
export const tags = {
  record: 0x32,
  span: 0x4a,
  event: 0x1a,
  link: 0x22,
  number: 0x3a,
  histogram: 0x4a,
  resource: 0x0a,
} as const;

/** Writes a layer's attributes. One that other records share is written once, and copied from then on; it belongs to one tag. */
export function writeLayer(wire: Wire, layer: Layer, tag: number): void {
  if (layer.encoded !== undefined) return wire.copy(layer.encoded);
  const start = wire.position;
  const { keys, values } = layer;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key !== undefined) writeAttribute(wire, tag, key, values[i]);
  }
  if (layer.isShared) layer.encoded = wire.since(start);
}

/** Writes attributes of an object. */
export function writeObject(wire: Wire, tag: number, attributes: object): void {
  for (const [name, value] of Object.entries(attributes)) writeAttribute(wire, tag, keyOf(name), value);
}

/** Writes one attribute: a key with its value. Almost all are short texts and small numbers, which are written here. */
export function writeAttribute(wire: Wire, tag: number, key: Key, value: unknown): void {
  const head = (key.encoded ??= headOf(key.utf8));
  if (typeof value === "string") {
    const { length } = value;
    wire.room(head.length + 3 * length + 24);
    const start = wire.position;
    if (head.length + length >= mostShort) return writeLong(wire, tag, head, value);
    begin(wire, tag, head, length + 2);
    wire.byte(0x0a);
    wire.byte(length);
    if (wire.put(value) !== length) {
      wire.position = start;
      return writeLong(wire, tag, head, value);
    }
    wire.position += length;
  } else if (typeof value === "number") {
    wire.room(head.length + 24);
    writeNumber(wire, tag, head, value);
  } else writeOther(wire, tag, head, value);
}

/** The most bytes of a key's head and an ASCII text together with which each length takes one byte. */
const mostShort = 124;

/** Begins an attribute whose value takes so many bytes, few enough for lengths of one byte. */
function begin(wire: Wire, tag: number, head: Uint8Array, size: number): void {
  const { bytes } = wire;
  const { length } = head;
  let at = wire.position;
  bytes[at++] = tag;
  bytes[at++] = length + 1 + size;
  for (let i = 0; i < length; i++) bytes[at++] = head[i] as number;
  bytes[at++] = size;
  wire.position = at;
}

/** A key's field, and the tag of its value. */
const headOf = (name: Uint8Array): Uint8Array =>
  bytesOf((wire) => {
    wire.byte(0x0a);
    wire.varint(name.length);
    wire.copy(name);
    wire.byte(0x12);
  }, name.length + 8);

/** Begins an attribute of any length. */
function entry(wire: Wire, tag: number, head: Uint8Array, size: number): void {
  if (head.length + size < 0x7f) return begin(wire, tag, head, size);
  wire.byte(tag);
  wire.varint(head.length + varintSize(size) + size);
  wire.copy(head);
  wire.varint(size);
}

function writeLong(wire: Wire, tag: number, head: Uint8Array, text: string): void {
  const start = wire.position;
  let size = text.length;
  beginText(wire, tag, head, size);
  const written = wire.put(text);
  if (written !== size) {
    size = written;
    wire.position = start;
    beginText(wire, tag, head, size);
    wire.put(text);
  }
  wire.position += size;
}

function beginText(wire: Wire, tag: number, head: Uint8Array, size: number): void {
  entry(wire, tag, head, 1 + varintSize(size) + size);
  wire.byte(0x0a);
  wire.varint(size);
}

function writeNumber(wire: Wire, tag: number, head: Uint8Array, value: number): void {
  if (!isInteger(value)) {
    entry(wire, tag, head, 9);
    wire.byte(0x21);
    return wire.double(value);
  }
  entry(wire, tag, head, 1 + (value < 0 ? 10 : varintSizeOf(value)));
  wire.byte(0x18);
  wire.int64(value);
}

/** Distinguishes integers from doubles like other JavaScript encoders. */
const isInteger = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;

function varintSizeOf(value: number): number {
  if (value < 0x1000_0000) return varintSize(value);
  let size = 1;
  for (let rest = Math.floor(value / 0x80); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function writeOther(wire: Wire, tag: number, head: Uint8Array, value: unknown): void {
  wire.room(head.length + 24);
  if (typeof value === "boolean") {
    entry(wire, tag, head, 2);
    wire.byte(0x10);
    return wire.byte(value ? 1 : 0);
  }
  wire.byte(tag);
  wire.message((inner) => {
    inner.copy(head);
    inner.message((any) => writeAny(any, value));
  });
}

/** Writes the inside of a value: text, number, boolean, bytes, list or map; of anything else nothing, which is the empty value. */
export function writeAny(wire: Wire, value: unknown): void {
  wire.room(16);
  if (typeof value === "string") {
    wire.byte(0x0a);
    wire.string(value);
  } else if (typeof value === "boolean") {
    wire.byte(0x10);
    wire.byte(value ? 1 : 0);
  } else if (typeof value === "number") {
    wire.byte(isInteger(value) ? 0x18 : 0x21);
    if (isInteger(value)) wire.int64(value);
    else wire.double(value);
  } else if (typeof value === "object" && value !== null) writeNested(wire, value);
}

function writeNested(wire: Wire, value: object): void {
  if (value instanceof Uint8Array) {
    wire.byte(0x3a);
    wire.varint(value.length);
    wire.copy(value);
  } else if (Array.isArray(value)) {
    wire.byte(0x2a);
    wire.message((list) => {
      for (const item of value as readonly unknown[]) {
        list.room(1);
        list.byte(0x0a);
        list.message((any) => writeAny(any, item));
      }
    });
  } else {
    wire.byte(0x32);
    wire.message((map) => {
      map.room(1);
      for (const [name, item] of Object.entries(value)) writeAttribute(map, 0x0a, keyOf(name), item);
    });
  }
}
