import { isRefusal, refuse } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { give, take } from "./field-values.ts";
import type { FieldValues } from "./field-values.ts";
import type { Form } from "./form.ts";
import { isNumeral, isObject, parseText, parseValue } from "./json.ts";
import type { Json, JsonObject, Parsed } from "./json.ts";
import { markOf } from "./mark.ts";
import { pack, splitLayout, unpack, withLayout } from "./pack.ts";
import { refusalOf } from "./refusal.ts";
import { redacted, treeOf } from "./tree.ts";
import type { Node } from "./tree.ts";
import { builderOf } from "./builder.ts";

/** Whose jobs they are, for schemas that want it of every record: `JOBTRAIL_TENANT`, `JOBTRAIL_ACCOUNT`. */
export interface Identity {
  readonly tenant?: string | undefined;
  readonly account?: string | undefined;
  /** Who runs the jobs, where nobody is known who asked for them: `OTEL_SERVICE_NAME`. */
  readonly service?: string | undefined;
}

/** What whoever hands in records knows about them besides their text. */
export interface Reading {
  /** Whether known mistakes in a schema's printed examples are accepted. */
  readonly lenient?: boolean | undefined;
  /** How times are written that are no ISO 8601, such as `dd.MM.yyyy HH:mm:ss`. */
  readonly dateFormat?: string | undefined;
  /** The zone of times that name none: an IANA name, `UTC` or an offset. */
  readonly timeZone?: string | undefined;
}

/** Where a schema is documented. */
export interface Source {
  readonly title: string;
  readonly url?: string;
}

/** What a schema is made of; `schemaOf` makes the schema. */
export interface Outline<R> {
  /** Stands in `job.record.schema`. */
  readonly name: string;
  readonly title: string;
  /** Of the document or the software that it describes. */
  readonly version: string;
  readonly source: Source;
  /** `job.system.name` of its records. */
  readonly system: string;
  /** A record that has none of these forms is refused by the shape of the first. */
  readonly forms: readonly [Form<R>, ...Form<R>[]];
  /** Reads a text that need not be JSON. By default texts are JSON. */
  readonly text?: (text: string, how: Reading) => Parsed | Refusal;
  /** A record with what is known beside it, in its own fields. */
  readonly stated?: (record: JsonObject, how: Reading) => JsonObject;
  /** The records of an answer that holds several; nothing where it is a record itself. */
  readonly list?: (answer: Json) => readonly Json[] | undefined;
  /** Whether a record of the same log is of another kind, and belongs to no job. */
  readonly isOther?: (record: JsonObject) => boolean;
  /** A job of another system as records of this schema; a refusal names the setting that is missing. */
  readonly derive: (job: Job, identity: Identity) => readonly R[] | Refusal;
}

/**
 * A documented schema of job-log records, read and written without loss.
 * @example
 * import { isRefusal } from "@jobtrail/core/event";
 * import { devo, harperdb } from "@jobtrail/schemas";
 *
 * const record = harperdb.parse('{"id":"a1","status":"COMPLETE","job_body":{"password":"x"}}');
 * if (isRefusal(record)) throw new Error(`${record.path} is ${record.found}; expected ${record.expected}`);
 * const events = harperdb.read(record, [1_790_000_003, 0]);
 * console.log(events.map(({ name }) => name)); // [ 'job.run.ended' ]
 * console.log(JSON.stringify(harperdb.write(events))); // [{"id":"a1","status":"COMPLETE","job_body":"[secret]"}]
 * const [answer] = devo.write(events);
 * console.log(answer.object.status); // COMPLETED
 */
export interface Schema<R> extends Omit<Outline<R>, "derive" | "list" | "text" | "stated" | "isOther"> {
  /** A record from JSON text, or from JSON values whose numbers have all their digits. Never throws. */
  parse(input: unknown, how?: Reading): R | Refusal;
  /** The records of an answer, each to be parsed: of a list its items, else the answer itself. Never throws. */
  list(input: unknown, how?: Reading): readonly Json[] | Refusal;
  /** Whether a record is of another kind than jobs, as logins are in an audit log. Never throws. */
  isOther(input: Json): boolean;
  /** The record with `[secret]` in the place of each secret, and nothing else changed. */
  redact(record: R): R;
  /** The events that a record describes. Secrets are replaced; `seen` is when it was learned of, unless the record says. */
  read(record: R, seen: HrTime): readonly JobEvent[];
  /**
   * Events as records: events that were read from this schema give their records back, `[redact(record)]`; records of
   * other systems' jobs are derived. A refusal names the setting that is missing, and then nothing is written.
   */
  write(events: Iterable<JobEvent>, identity?: Identity): readonly R[] | Refusal;
}

const restKey = "job.record.rest";

/** A form with its fields as a tree. */
interface CompiledForm<R> {
  readonly form: Form<R>;
  readonly tree: Node;
}

function compiledOf<R>(forms: readonly Form<R>[]): readonly CompiledForm<R>[] {
  const all = forms.flatMap(({ fields }) => fields);
  return forms.map((form) => ({ form, tree: treeOf(form.fields, all) }));
}

/** Makes a schema of its outline. */
export function schemaOf<R extends object>(outline: Outline<R>): Schema<R> {
  const compiled = compiledOf(outline.forms);
  const byName = new Map(compiled.map((each) => [each.form.name, each]));
  const formOf = (record: JsonObject): CompiledForm<R> =>
    compiled.find(({ form }) => form.is(record)) ?? (compiled[0] as CompiledForm<R>);
  // Most records are read as soon as they are parsed: what form they have is asked once.
  let last: { readonly record: JsonObject; readonly found: CompiledForm<R> } | undefined;
  const foundFor = (record: JsonObject): CompiledForm<R> => {
    const known = last?.record === record ? last.found : undefined;
    last = undefined;
    return known ?? formOf(record);
  };
  const { derive, list: listOf, text: readText = parseText, stated, isOther, ...common } = outline;
  const parsedOf = (input: unknown, how: Reading): Parsed | Refusal =>
    typeof input === "string" ? readText(input, how) : parseValue(input);
  // What a shape has looked at is a record, and so is what was made from one.
  const asRecord = (value: JsonObject): R => value as unknown as R;
  return {
    ...common,
    parse(input, how = {}) {
      const parsed = parsedOf(input, how);
      if (isRefusal(parsed)) return parsed;
      const several = listOf?.(parsed.value);
      if (several !== undefined) return refuse("record", "one record, not an answer that lists several", parsed.value);
      const { value, plain } = stated === undefined ? parsed : withStated(parsed, how, stated);
      if (!isObject(value)) return { ...refuse("record", "a JSON object", undefined), found: kindOf(value) };
      const found = formOf(value);
      const { form, tree } = found;
      const looked = form.packed === undefined ? { value, plain } : unpack({ value, plain }, form.packed);
      if (isRefusal(looked)) return looked;
      const result = form.shape.safeParse(looked.plain);
      if (!result.success) return refusalOf(result.error, looked.value, form.fields, tree);
      last = { record: value, found };
      return asRecord(value);
    },
    list(input, how = {}) {
      const parsed = parsedOf(input, how);
      return isRefusal(parsed) ? parsed : (listOf?.(parsed.value) ?? [parsed.value]);
    },
    isOther: (input) => isObject(input) && isOther?.(input) === true,
    redact: (record) => asRecord(redacted(asJson(record), formOf(asJson(record)).tree) as JsonObject),
    read: (record, seen) => readAs(record, seen, foundFor(asJson(record)), outline),
    write(events, identity = {}) {
      const { own, others } = sorted(events, outline.name);
      const records: R[] = [];
      for (const event of own) {
        const record = written(event, byName);
        if (isRefusal(record)) return record;
        records.push(asRecord(record));
      }
      for (const job of others.length === 0 ? [] : fold(others)) {
        const derived = derive(job, identity);
        if (isRefusal(derived)) return derived;
        records.push(...derived);
      }
      return records;
    },
  };
}

function withStated(parsed: Parsed, how: Reading, stated: NonNullable<Outline<object>["stated"]>): Parsed {
  const { value, plain } = parsed;
  if (!isObject(value)) return parsed;
  const known = stated(value, how);
  if (known === value) return parsed;
  return { value: known, plain: value === plain ? known : stated(plain as JsonObject, how) };
}

/** What a value is, without what it says: that may be secret. */
const kindOf = (value: Json): string =>
  value === null ? "null" : Array.isArray(value) ? "a list" : isNumeral(value) ? "a number" : `a ${typeof value}`;

const asJson = (record: object): JsonObject => record as JsonObject;

function readAs<R extends object>(
  record: R,
  seen: HrTime,
  { form, tree }: CompiledForm<R>,
  { name, system }: Outline<R>,
): readonly JobEvent[] {
  const whole = unpackedBy(form, asJson(record));
  const open = whole as R;
  const id = form.idOf(open);
  const mark = id === undefined ? undefined : markOf(whole);
  const builder = builderOf({
    fields: takenFrom(asJson(record), whole, { form, tree }),
    schema: name,
    form: form.name,
    system: mark?.system ?? form.systemOf?.(open) ?? system,
    id,
    mark,
    seen,
  });
  return form.read(open, builder);
}

function unpackedBy<R>({ packed }: Form<R>, record: JsonObject): JsonObject {
  if (packed === undefined) return record;
  const looked = unpack({ value: record, plain: undefined }, packed);
  return isRefusal(looked) ? record : (looked.value as JsonObject);
}

/** A layout that is not the one in which the text would be written again is kept with what is left. */
function takenFrom<R>(record: JsonObject, whole: JsonObject, { form: { packed }, tree }: CompiledForm<R>): FieldValues {
  const fields = take(whole, tree);
  if (packed === undefined) return fields;
  const { attributes, own, rest } = fields;
  const event = { attributes: { ...attributes, ...(rest !== undefined && { [restKey]: rest }) }, own };
  const again = give(event, tree);
  const layout = record[packed];
  const isKnown = isRefusal(again) || typeof layout !== "string" || pack(again, packed, undefined)[packed] === layout;
  return isKnown ? fields : withLayout(fields, packed, layout);
}

/** Events that stand for records of a schema, and those of all jobs that have none. */
function sorted(events: Iterable<JobEvent>, schema: string): { own: readonly JobEvent[]; others: readonly JobEvent[] } {
  const own: JobEvent[] = [];
  const rest: JobEvent[] = [];
  // What Jobtrail's own records carry as a rendering has a schema, and no form.
  for (const event of events) {
    const { "job.record.schema": name, "job.record.form": form } = event.attributes;
    (name === schema && form !== undefined ? own : rest).push(event);
  }
  const [first] = own;
  if (first === undefined || rest.length === 0) return { own, others: rest };
  // Mostly they are of one record.
  let uids: Set<string | undefined> | undefined;
  const hasRecord = (event: JobEvent): boolean =>
    uidOf(event) === uidOf(first) || (uids ??= new Set(own.map(uidOf))).has(uidOf(event));
  return { own, others: rest.filter((event) => !hasRecord(event)) };
}

const uidOf = ({ attributes }: JobEvent): string | undefined => attributes["job.uid"];

function written<R>(event: JobEvent, byName: ReadonlyMap<string, CompiledForm<R>>): JsonObject | Refusal {
  const { attributes } = event;
  const compiled = byName.get(attributes["job.record.form"] ?? "");
  if (compiled === undefined)
    return refuse(
      'attributes["job.record.form"]',
      `one of ${[...byName.keys()].join(", ")}`,
      attributes["job.record.form"],
    );
  if (attributes["job.record.cut"]?.includes(restKey) === true)
    return refuse(`attributes["${restKey}"]`, "what is left of the record", undefined);
  const { packed } = compiled.form;
  if (packed === undefined) return give(event, compiled.tree);
  const { event: withoutLayout, layout } = splitLayout(event, packed);
  const record = give(withoutLayout, compiled.tree);
  return isRefusal(record) ? record : pack(record, packed, layout);
}
