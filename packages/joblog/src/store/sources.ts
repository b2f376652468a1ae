import { cut, isRefusal } from "@jobtrail/core/event";
import { decodeSource, encodeSource } from "@jobtrail/otlp";
import type { InstrumentationScope, RecordSource, Resource } from "@jobtrail/otlp";
import type { Database } from "./database.ts";

/** Keeps each resource with its scope once, for all records that came from it. */
export class Sources {
  readonly #db: Database;
  /** The ids of a request's resource objects, by scope. */
  readonly #ids = new WeakMap<Resource, Map<string, number>>();
  #last: (RecordSource & { readonly id: number }) | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The id of where a record comes from. */
  idOf({ resource, scope }: RecordSource): number {
    // Records of a group share the objects.
    if (this.#last?.resource === resource && this.#last.scope === scope) return this.#last.id;
    let scopes = this.#ids.get(resource);
    if (scopes === undefined) this.#ids.set(resource, (scopes = new Map<string, number>()));
    const key = scopeKey(scope);
    let id = scopes.get(key);
    if (id === undefined) scopes.set(key, (id = this.#insert({ resource: fitting(resource), scope })));
    this.#last = { resource, scope, id };
    return id;
  }

  #insert(source: RecordSource): number {
    const bytes = encodeSource(source);
    const find = "SELECT id FROM sources WHERE source = ?";
    this.#db.run("INSERT INTO sources (source) VALUES (?) ON CONFLICT DO NOTHING", bytes);
    return this.#db.first<{ id: number }>(find, bytes)?.id ?? 0;
  }
}

/** Where records came from, by id. */
export function sourceReader(db: Database): (id: number) => RecordSource {
  const known = new Map<number, RecordSource>();
  return (id) => {
    let source = known.get(id);
    if (source === undefined) known.set(id, (source = read(db, id)));
    return source;
  };
}

function read(db: Database, id: number): RecordSource {
  const row = db.first<{ source: Uint8Array }>("SELECT source FROM sources WHERE id = ?", id);
  const source = row === undefined ? undefined : decodeSource(row.source);
  return source === undefined || isRefusal(source) ? unknown : source;
}

const unknown: RecordSource = { resource: { attributes: {} }, scope: { name: "" } };

const scopeKey = ({ name, version = "" }: InstrumentationScope): string => `${name}\n${version}`;

const mostAttributes = 64;
const longestText = 1024;

/** A resource may be of any size; so much of it is kept. */
const fitting = ({ attributes }: Resource): Resource => ({
  attributes: Object.fromEntries(
    Object.entries(attributes)
      .filter(([key, value]) => key.length <= 128 && typeof value !== "object")
      .slice(0, mostAttributes)
      .map(([key, value]) => [key, typeof value === "string" ? cut(value, longestText) : value]),
  ),
});
