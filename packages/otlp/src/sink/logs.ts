import type { Entry, Layer, WriteLog } from "@jobtrail/core/recorder";
import { isValid, keyOf } from "@jobtrail/core/recorder";
import { tags, writeAttribute, writeLayer } from "./attribute.ts";
import type { Pile } from "./pile.ts";
import type { Wire } from "./wire.ts";

/** Writes records to a pile. */
export const logWriter =
  (pile: Pile): WriteLog =>
  (entry) =>
    pile.add(writeRecord, entry);

/** Writes the fields of a `LogRecord`. */
export function writeRecord(wire: Wire, entry: Entry): void {
  wire.room(16);
  if (entry.time !== undefined) {
    wire.byte(0x09);
    wire.time(entry.time);
  }
  wire.byte(0x10);
  wire.byte(entry.severity);
  writeBody(wire, entry.body);
  const { layers } = entry;
  for (let i = 0; i < layers.length; i++) writeLayer(wire, layers[i] as Layer, tags.record);
  writeError(wire, entry);
  const { span } = entry;
  wire.room(64);
  if (span !== undefined && isValid(span)) {
    if (span.traceFlags !== 0) {
      wire.byte(0x45);
      wire.fixed32(span.traceFlags);
    }
    wire.byte(0x4a);
    wire.byte(16);
    wire.hex(span.traceId);
    wire.byte(0x52);
    wire.byte(8);
    wire.hex(span.spanId);
  }
  wire.byte(0x59);
  wire.time(entry.seen);
  wire.byte(0x62);
  wire.string(entry.name);
}

function writeBody(wire: Wire, body: string): void {
  wire.room(3 * body.length + 16);
  wire.byte(0x2a);
  // The value's length, its tag, and the text with its own.
  const start = wire.position;
  wire.position += body.length < 0x7e ? 1 : 2;
  const kept = wire.position - start;
  wire.byte(0x0a);
  wire.string(body);
  wire.close(start, kept);
}

const typeKey = keyOf("error.type");
const messageKey = keyOf("exception.message");
const stackKey = keyOf("exception.stacktrace");
const originalKey = keyOf("log.record.original");

function writeError(wire: Wire, { error, original }: Entry): void {
  if (error !== undefined) {
    writeAttribute(wire, tags.record, typeKey, error.type);
    if (error.message !== undefined) writeAttribute(wire, tags.record, messageKey, error.message);
    if (error.stack !== undefined) writeAttribute(wire, tags.record, stackKey, error.stack);
  }
  if (original !== undefined) writeAttribute(wire, tags.record, originalKey, original);
}
