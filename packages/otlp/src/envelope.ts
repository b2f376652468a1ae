import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Refusal } from "@jobtrail/core/event";
import { attributes, one } from "./field.ts";
import type { Attributes } from "./field.ts";
import { text } from "./kind.ts";
import { newLimits } from "./limits.ts";
import { message } from "./message.ts";
import type { Message } from "./message.ts";
import { refusalOf, Unreadable } from "./unreadable.ts";

/** How a body is written. */
export type Encoding = "protobuf" | "json";

/** What sent it: a process, with its service name and the like. */
export interface Resource {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The library that made it. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
}

/** A resource as it stands on the wire. */
export interface WireResource {
  attributes?: Attributes;
}

/** A scope as it stands on the wire. */
export interface WireScope {
  name?: string;
  version?: string;
}

/** The table of a resource. */
export const resource: Message<WireResource> = message<WireResource>({ attributes: attributes(1) });

/** The table of a scope. */
export const scope: Message<WireScope> = message<WireScope>({ name: one(1, text), version: one(2, text) });

/** A resource, as it was sent. */
export const resourceOf = (wire: WireResource | undefined): Resource => ({
  attributes: wire?.attributes?.values ?? {},
});

/** A scope, as it was sent. */
export const scopeOf = (wire: WireScope | undefined): InstrumentationScope => ({
  name: wire?.name ?? "",
  ...(wire?.version !== undefined && wire.version !== "" && { version: wire.version }),
});

/** Reads a body by the table of its message; a refusal where it is not of that form. Never throws. */
export function readBody<T extends object>(body: Uint8Array, encoding: Encoding, table: Message<T>): T | Refusal {
  try {
    const into = {} as T;
    fillers[encoding](into, body, table);
    return into;
  } catch (error) {
    return refusalOf(error);
  }
}

/** Writes a body by the table of its message. */
export function writeBody<T extends object>(value: T, encoding: Encoding, table: Message<T>): Uint8Array {
  if (encoding === "json") return new TextEncoder().encode(JSON.stringify(table.toJson(value)));
  const writer = new BinaryWriter();
  table.writeFields(writer, value);
  return writer.finish();
}

const fillers: Record<Encoding, <T extends object>(into: T, body: Uint8Array, table: Message<T>) => void> = {
  protobuf: (into, body, table) => table.fill(into, new BinaryReader(body), body.length, newLimits()),
  json: (into, body, table) => table.fillFromJson(into, parse(body), newLimits()),
};

function parse(body: Uint8Array): unknown {
  if (hasMoreJson(body, jsonLimit))
    throw new Unreadable(`at most ${jsonLimit} objects and lists in one request`, "more", true);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new Unreadable("JSON in UTF-8", error instanceof Error ? error.message : "something else");
  }
}

/** How many objects and lists a body of JSON may hold; of telemetry in as many bytes as a receiver takes there are fewer. */
const jsonLimit = 2_000_000;

/** Whether JSON holds more objects and lists than a limit: parsed, millions of empty ones take hundreds of megabytes. */
function hasMoreJson(body: Uint8Array, limit: number): boolean {
  if (body.length <= limit) return false;
  let count = 0;
  let isText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === quote) isText = !isText;
    else if (byte === backslash) i += 1;
    else if (!isText && (byte === openList || byte === openObject)) count += 1;
  }
  return count > limit;
}

const [quote, backslash, openList, openObject] = [0x22, 0x5c, 0x5b, 0x7b];
