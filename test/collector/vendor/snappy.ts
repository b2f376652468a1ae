/** Undoes snappy's block format. @throws Error where a block is not of that format. */
export function unsnapped(block: Uint8Array): Uint8Array {
  const [length, start] = varint(block, 0);
  const out = Buffer.alloc(length);
  let at = start;
  let written = 0;
  while (at < block.length) {
    const tag = block[at] ?? 0;
    const { size, offset, next } = (tag & 3) === 0 ? literal(block, at) : copy(block, at);
    if (written + size > length || offset > written) throw new Error(`Not snappy: a wrong element at byte ${at}.`);
    // A copy may reach into what it writes itself, so it goes byte by byte.
    for (let i = 0; i < size; i++)
      out[written + i] = (offset === 0 ? block[next - size + i] : out[written + i - offset]) ?? 0;
    written += size;
    at = next;
  }
  if (written !== length) throw new Error(`Not snappy: ${written} bytes instead of ${length}.`);
  return out;
}

/** So many bytes: the literal ones before `next`, or those that stand `offset` before. */
interface Element {
  readonly size: number;
  readonly offset: number;
  readonly next: number;
}

function literal(block: Uint8Array, at: number): Element {
  const short = (block[at] ?? 0) >> 2;
  const bytes = short < 60 ? 0 : short - 59;
  const size = (bytes === 0 ? short : little(block, at + 1, bytes)) + 1;
  return { size, offset: 0, next: at + 1 + bytes + size };
}

function copy(block: Uint8Array, at: number): Element {
  const tag = block[at] ?? 0;
  if ((tag & 3) === 1)
    return { size: ((tag >> 2) & 7) + 4, offset: ((tag >> 5) << 8) | little(block, at + 1, 1), next: at + 2 };
  const bytes = (tag & 3) === 2 ? 2 : 4;
  return { size: (tag >> 2) + 1, offset: little(block, at + 1, bytes), next: at + 1 + bytes };
}

const little = (block: Uint8Array, at: number, bytes: number): number =>
  Buffer.from(block.buffer, block.byteOffset, block.byteLength).readUIntLE(at, bytes);

/** A number of seven bits a byte, and the place after it. */
function varint(block: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let i = at; i < block.length; i++) {
    const byte = block[i] ?? 0;
    value += (byte & 127) * 128 ** (i - at);
    if (byte < 128) return [value, i + 1];
  }
  throw new Error("Not snappy: no length.");
}
