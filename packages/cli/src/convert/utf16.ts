/** What begins a text in UTF-16, as PowerShell 5 and Excel write it. */
const marks = [
  { bytes: Buffer.from([0xff, 0xfe]), isBigEndian: false },
  { bytes: Buffer.from([0xfe, 0xff]), isBigEndian: true },
] as const;

/** Bytes of text in UTF-8; what begins with the byte order mark of UTF-16 is decoded. */
export async function inUtf8(chunks: AsyncGenerator<Buffer>): Promise<AsyncGenerator<Buffer>> {
  const first = await chunks.next();
  if (first.done === true) return chunks;
  let head = first.value;
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const mark = marks.find(({ bytes }) => head.subarray(0, 2).equals(bytes));
  const all = joined(mark === undefined ? head : head.subarray(2), chunks);
  return mark === undefined ? all : decoded(all, mark.isBigEndian);
}

async function* joined(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

async function* decoded(chunks: AsyncGenerator<Buffer>, isBigEndian: boolean): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = wholeCharacters(bytes, isBigEndian);
    rest = bytes.subarray(end);
    yield inBytes(bytes.subarray(0, end), isBigEndian);
  }
  // Half a character at the end is no text, and is said to be none.
  if (rest.length > 0) yield noText;
}

/** How many bytes come before a character whose second half is still to come. */
function wholeCharacters(bytes: Buffer, isBigEndian: boolean): number {
  const even = bytes.length - (bytes.length % 2);
  const last = even < 2 ? 0 : (bytes[even - (isBigEndian ? 2 : 1)] ?? 0);
  return last >= 0xd8 && last <= 0xdb ? even - 2 : even;
}

// No text in UTF-8 has this byte.
const noText = Buffer.from([0xff]);

function inBytes(bytes: Buffer, isBigEndian: boolean): Buffer {
  const text = (isBigEndian ? Buffer.from(bytes).swap16() : bytes).toString("utf16le");
  if (text.isWellFormed()) return Buffer.from(text);
  // Half a character would be replaced in silence.
  return Buffer.concat(
    text.split(/[\uD800-\uDFFF]/u).flatMap((part, i) => [...(i > 0 ? [noText] : []), Buffer.from(part)]),
  );
}
