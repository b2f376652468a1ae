import type { Refusal } from "@jobtrail/core/event";
import { readBody, resource, resourceOf, scope, scopeOf, writeBody } from "./envelope.ts";
import type { InstrumentationScope, Resource, WireResource, WireScope } from "./envelope.ts";
import { isRefusal } from "@jobtrail/core/event";
import { one } from "./field.ts";
import { message } from "./message.ts";

/** Where records come from: who sent them and the library that made them. */
export interface RecordSource {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

interface WireSource {
  resource?: WireResource;
  scope?: WireScope;
}

const table = message<WireSource>({ resource: one(1, resource), scope: one(2, scope) });

/** A resource with a scope as protobuf, for stores that keep each once for many records. */
export const encodeSource = ({ resource: from, scope: by }: RecordSource): Uint8Array =>
  writeBody({ resource: { attributes: { entries: 0, values: from.attributes } }, scope: { ...by } }, "protobuf", table);

/** Reads what `encodeSource` wrote; a refusal where it is something else. Never throws. */
export function decodeSource(bytes: Uint8Array): RecordSource | Refusal {
  const wire = readBody(bytes, "protobuf", table);
  return isRefusal(wire) ? wire : { resource: resourceOf(wire.resource), scope: scopeOf(wire.scope) };
}
