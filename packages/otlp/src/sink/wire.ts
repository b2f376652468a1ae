import type { HrTime } from "@opentelemetry/api";

/** How many bytes a length takes on the wire. */
export const varintSize = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;

/** Bytes of protobuf that grow as they are written. */
export class Wire {
  bytes: Buffer;
  position: number;

  constructor(size: number, position = 0) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.position = position;
  }

  /** Makes sure that so many bytes may follow. Every other method but `text` and `copy` relies on it. */
  room(size: number): void {
    const needed = this.position + size;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.position);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.position++] = value;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      // Above 2^31 the bits of a number are not those of an integer.
      this.bytes[this.position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.position++] = rest;
  }

  /** A whole number of 64 bits with a sign; a double above 2^53. */
  int64(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return this.varint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.bytes[this.position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.position++] = Number(rest);
  }

  fixed32(value: number): void {
    const { bytes, position } = this;
    bytes[position] = value;
    bytes[position + 1] = value >>> 8;
    bytes[position + 2] = value >>> 16;
    bytes[position + 3] = value >>> 24;
    this.position += 4;
  }

  double(value: number): void {
    this.position = this.bytes.writeDoubleLE(value, this.position);
  }

  /** A count, in 64 bits. */
  fixed64(value: number): void {
    this.fixed32(value >>> 0);
    this.fixed32(Math.floor(value / 0x1_0000_0000) >>> 0);
  }

  /** A time in nanoseconds since the Unix epoch: seconds times 10^9 in two halves, since no double holds it. */
  time(time: HrTime): void {
    // By index: taking an array apart asks its iterator, and this runs ten times per job.
    const seconds = time[0];
    const nanos = time[1];
    const low = (seconds & 0xffff) * 1e9;
    const high = Math.floor(seconds / 0x1_0000) * 1e9;
    // high * 2^16 + low + nanos
    const bottom = (high % 0x1_0000) * 0x1_0000 + low + nanos;
    this.fixed32(bottom >>> 0);
    this.fixed32((Math.floor(high / 0x1_0000) + Math.floor(bottom / 0x1_0000_0000)) >>> 0);
  }

  /** Pairs of hex digits as bytes. */
  hex(digits: string): void {
    const { bytes } = this;
    let at = this.position;
    for (let i = 0; i < digits.length; i += 2)
      bytes[at++] = ((nibbles[digits.charCodeAt(i)] ?? 0) << 4) | (nibbles[digits.charCodeAt(i + 1)] ?? 0);
    this.position = at;
  }

  /** Bytes as they are. */
  copy(from: Uint8Array): void {
    const { length } = from;
    this.room(length);
    if (length < 48) {
      const { bytes, position } = this;
      for (let i = 0; i < length; i++) bytes[position + i] = from[i] as number;
    } else this.bytes.set(from, this.position);
    this.position += length;
  }

  /** A text after its tag, with its length in front. Most texts are ASCII, so one is tried as that first. */
  string(text: string): void {
    const { length } = text;
    this.room(3 * length + 8);
    const start = this.position;
    this.varint(length);
    const size = this.put(text);
    if (size !== length) {
      this.position = start;
      this.varint(size);
      this.put(text);
    }
    this.position += size;
  }

  /**
   * Puts a text at the position, as UTF-8 in which a lone surrogate is replaced, and says how many bytes it takes:
   * as many as it has characters if it is ASCII. The position stays. There must be room for three times as many.
   */
  put(text: string): number {
    const { bytes, position } = this;
    const { length } = text;
    if (length > 24) return writeUtf8.call(bytes, text, position);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return writeUtf8.call(bytes, text, position);
      bytes[position + i] = code;
    }
    return length;
  }

  /** A message of unknown length after its tag: what `write` writes, with its length in front. */
  message(write: (wire: Wire) => void): void {
    const start = this.open();
    write(this);
    this.close(start, 1);
  }

  /** Begins a message of unknown length after its tag; `close` ends it, with one byte kept for its length. */
  open(): number {
    this.room(16);
    return this.position++;
  }

  /** Writes the length of what follows `start` into the room that was kept for it there. */
  close(start: number, kept: number): void {
    const from = start + kept;
    const length = this.position - from;
    const size = varintSize(length);
    if (size !== kept) {
      this.room(size);
      this.bytes.copyWithin(start + size, from, this.position);
      this.position += size - kept;
    }
    const end = this.position;
    this.position = start;
    this.varint(length);
    this.position = end;
  }

  /** A copy of what was written since. */
  since(start: number): Uint8Array {
    const copy = Buffer.allocUnsafe(this.position - start);
    this.bytes.copy(copy, 0, start, this.position);
    return copy;
  }
}

/** `Buffer#write` without its checks of encoding and lengths, where Node has it. */
const writeUtf8: Writer = (Buffer.prototype as Partial<Record<"utf8Write", Writer>>).utf8Write ?? plainWrite;

type Writer = (this: Buffer, text: string, position: number) => number;

function plainWrite(this: Buffer, text: string, position: number): number {
  return this.write(text, position);
}

const nibbles = new Uint8Array(128);
for (let i = 0; i < 16; i++) {
  nibbles[i.toString(16).charCodeAt(0)] = i;
  nibbles[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}

/** Bytes that are written once and copied. */
export function bytesOf(write: (wire: Wire) => void, size = 256): Uint8Array {
  const wire = new Wire(size);
  write(wire);
  return Uint8Array.prototype.slice.call(wire.bytes, 0, wire.position);
}
