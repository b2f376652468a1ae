/** The content of an answer's body. */
export interface Said {
  /** How many items a partial success rejects. */
  readonly rejected: number;
  /** The receiver's own message on one line; empty where it has none. */
  readonly message: string;
  /** Whether it is a web page, such as that of a login. */
  readonly isPage: boolean;
}

/** Reads the body of an answer, in OTLP's JSON, its protobuf, or a receiver's own words. */
export function saidIn(body: Uint8Array, contentType: string, status: number): Said {
  const text = Buffer.from(body).toString();
  if (/\bx?html\b/i.test(contentType) || /^\s*<(!doctype\s+html|html)\b/i.test(text))
    return { rejected: 0, message: short(/<title[^>]*>([^<]*)/i.exec(text)?.[1] ?? ""), isPage: true };
  if (contentType.includes("protobuf") && !text.trimStart().startsWith("{"))
    return { ...(status < 300 ? partialIn(body) : { rejected: 0, message: statusIn(body) }), isPage: false };
  const json = parsed(text);
  if (json === undefined) return { rejected: 0, message: short(text), isPage: false };
  const { partialSuccess } = json as { partialSuccess?: Record<string, unknown> };
  if (typeof partialSuccess !== "object" || partialSuccess === null)
    return { rejected: 0, message: status < 300 ? "" : short(messageIn(json) ?? text), isPage: false };
  const counts = Object.entries(partialSuccess).filter(([name]) => name.startsWith("rejected"));
  const { errorMessage = "" } = partialSuccess;
  return {
    rejected: counts.map(([, count]) => natural(Number(count))).reduce((a, b) => a + b, 0),
    message: short(String(errorMessage)),
    isPage: false,
  };
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A message where receivers put one: `{message}`, `{error}`, `{error: {message}}`, `{errors: [{message}]}`. */
function messageIn(json: unknown): string | undefined {
  if (typeof json === "string") return json === "" ? undefined : json;
  if (typeof json !== "object" || json === null) return undefined;
  if (Array.isArray(json)) return messageIn(json[0]);
  const { message, error, errors, error_description: described } = json as Record<string, unknown>;
  return messageIn(message) ?? messageIn(described) ?? messageIn(error) ?? messageIn(errors);
}

const natural = (count: number): number => (count > 0 ? Math.floor(count) : 0);

/** A text on one line, no longer than can be read at a glance. */
export function short(text: string, longest = 300): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** `ExportLogsServiceResponse { partial_success = 1 { rejected = 1; error_message = 2 } }`; the other signals' are alike. */
function partialIn(body: Uint8Array): { rejected: number; message: string } {
  const partial = fieldsIn(body).find(({ number }) => number === 1)?.bytes;
  const fields = partial === undefined ? [] : fieldsIn(partial);
  return {
    rejected: natural(fields.find(({ number, bytes }) => number === 1 && bytes === undefined)?.value ?? 0),
    message: textOf(fields.find(({ number }) => number === 2)?.bytes),
  };
}

/** `google.rpc.Status { code = 1; message = 2 }` */
const statusIn = (body: Uint8Array): string => textOf(fieldsIn(body).find(({ number }) => number === 2)?.bytes);

const textOf = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? "" : short(Buffer.from(bytes).toString());

interface Field {
  readonly number: number;
  readonly value?: number;
  readonly bytes?: Uint8Array;
}

/** The fields of a protobuf message that are numbers or bytes; it ends where the bytes are no such message. */
function fieldsIn(body: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; at < body.length && shift < 64n; shift += 7n) {
      const byte = body[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    at = Number.POSITIVE_INFINITY;
    return 0;
  };
  while (at < body.length) {
    const tag = varint();
    const kind = tag & 7;
    const number = tag >>> 3;
    if (kind === 0) fields.push({ number, value: varint() });
    else if (kind === 2) {
      const length = varint();
      if (length < 0 || at + length > body.length) break;
      fields.push({ number, bytes: body.subarray(at, at + length) });
      at += length;
    } else break;
  }
  return fields.filter(({ number }) => number > 0);
}
