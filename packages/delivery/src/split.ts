/** An encoded request, and how many items are in it. It belongs to whoever it was given to: nobody writes into it again. */
export interface Chunk {
  readonly body: Uint8Array;
  readonly items: number;
}

/**
 * The first half of a request's items and the rest, each with its resource and scope; nothing where there is one item
 * or the request cannot be read. Records, spans and metrics lie in their requests alike.
 */
export function halvesOf({ body, items }: Chunk, encoding: "protobuf" | "json"): readonly [Chunk, Chunk] | undefined {
  if (items < 2) return undefined;
  try {
    const halves = encoding === "json" ? jsonHalves(body) : protobufHalves(body);
    return halves.every(({ items }) => items > 0) ? halves : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an item is kept, by its index in the request. */
type Keep = (index: number) => boolean;

const halved = (count: number, part: (keep: Keep) => Uint8Array): readonly [Chunk, Chunk] => {
  const half = Math.ceil(count / 2);
  return [
    { body: part((index) => index < half), items: half },
    { body: part((index) => index >= half), items: count - half },
  ];
};

type Node = Readonly<Record<string, unknown>>;

/** `resourceLogs`, `scopeLogs`, `logRecords` and their likes: the lists on the way to the items. */
const lists = [
  /^resource(Logs|Spans|Metrics)$/,
  /^scope(Logs|Spans|Metrics)$/,
  /^(logRecords|spans|metrics)$/,
] as const;

function jsonHalves(body: Uint8Array): readonly [Chunk, Chunk] {
  const request = JSON.parse(Buffer.from(body).toString()) as Node;
  let count = 0;
  jsonPart(request, 0, () => ++count > 0);
  return halved(count, (keep) => {
    let index = 0;
    return Buffer.from(JSON.stringify(jsonPart(request, 0, () => keep(index++))));
  });
}

/** A part of a node, without lists that became empty and the nodes around them. */
function jsonPart(node: Node, depth: number, keep: () => boolean): Node | undefined {
  const list = lists[depth];
  if (list === undefined) return keep() ? node : undefined;
  let left = 0;
  const part = Object.entries(node).map(([name, value]): [string, unknown] => {
    if (!list.test(name) || !Array.isArray(value)) return [name, value];
    const kept = (value as Node[]).map((each) => jsonPart(each, depth + 1, keep)).filter((each) => each !== undefined);
    left += kept.length;
    return [name, kept];
  });
  return left > 0 ? Object.fromEntries(part) : undefined;
}

function protobufHalves(body: Uint8Array): readonly [Chunk, Chunk] {
  let count = 0;
  protobufPart(body, 0, () => ++count > 0);
  return halved(count, (keep) => {
    let index = 0;
    return Buffer.concat(protobufPart(body, 0, () => keep(index++)) ?? []);
  });
}

/** The fields on the way to the items: request 1, resource 2, scope 2. */
const path = [1, 2, 2] as const;

/** The bytes of a part of a message; fields that do not contain items are kept unchanged. */
function protobufPart(message: Uint8Array, depth: number, keep: () => boolean): Uint8Array[] | undefined {
  const wanted = path[depth];
  if (wanted === undefined) return keep() ? [message] : undefined;
  let left = 0;
  const bytes = fieldsOf(message).flatMap(({ number, whole, content }) => {
    if (number !== wanted || content === undefined) return [whole];
    const part = protobufPart(content, depth + 1, keep);
    if (part === undefined) return [];
    left++;
    return [varint((number << 3) | 2), varint(part.reduce((sum, { length }) => sum + length, 0)), ...part];
  });
  return left > 0 ? bytes : undefined;
}

interface Field {
  readonly number: number;
  /** With its tag. */
  readonly whole: Uint8Array;
  /** Of a field that has a length. */
  readonly content: Uint8Array | undefined;
}

/** @throws RangeError where the bytes are no message. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("The message ends within a number.");
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = next();
    const kind = tag & 7;
    const skipped = kind === 1 ? 8 : kind === 5 ? 4 : kind === 2 ? next() : kind === 0 ? (next(), 0) : Number.NaN;
    const from = at;
    at += skipped;
    if (!(at <= message.length)) throw new RangeError("The message ends within a field.");
    const content = kind === 2 ? message.subarray(from, at) : undefined;
    fields.push({ number: tag >>> 3, whole: message.subarray(start, at), content });
  }
  return fields;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) | 0x80);
  }
}
