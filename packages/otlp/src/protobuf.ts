import type { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { Unreadable } from "./unreadable.ts";

/** Reads the length before a message and gives the place where it ends. */
export function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new Unreadable(`${length} more bytes`, reader.len - reader.pos);
  return end;
}

/** Goes through the fields up to `end`; one that `visit` does not take, by giving false, is skipped. */
export function walk(reader: BinaryReader, end: number, visit: (no: number, wire: WireType) => boolean): void {
  while (reader.pos < end) {
    const [no, wire] = reader.tag();
    if (!visit(no, wire)) reader.skip(wire, no);
    if (reader.pos > end) throw new Unreadable("fields that end with their message", `field ${no} beyond it`);
  }
}

/** Refuses a field whose bytes are not of the form that its kind has. */
export function expectWire(wire: WireType, kind: { readonly wire: WireType }): void {
  if (wire !== kind.wire) throw new Unreadable(`wire type ${kind.wire}`, wire);
}
