import type { JobEvent } from "@jobtrail/core/event";
import type { z } from "zod";
import type { EventBuilder } from "./builder.ts";
import type { Field } from "./field.ts";
import type { JsonObject } from "./json.ts";

/** One documented form of a schema's records: its shape, its fields and their attributes, and how events are read from it. */
export interface Form<R> {
  /** Stands in `job.record.form`. */
  readonly name: string;
  readonly title: string;
  /** Looks at a record's plain JSON; what it gives is not used, for it would lose digits. */
  readonly shape: z.ZodType<R>;
  readonly fields: readonly Field[];
  /**
   * The field whose value is the JSON text of an object. The shape, the fields, `idOf` and `read` look at what is in
   * it; nothing in it is secret.
   */
  readonly packed?: string;
  /** Whether a record is meant to have this form. Secrets, which may be replaced, must make no difference. */
  is(record: JsonObject): boolean;
  /** The job's id, as its system says it; nothing for a record that belongs to no job. */
  idOf(record: R): string | undefined;
  /** Whose job it is, where a record says that it is another system's than the schema's. */
  systemOf?(record: R): string | undefined;
  /** The events that the record describes, in the order in which they happened; the last of them is made by `main`. */
  read(record: R, builder: EventBuilder): readonly JobEvent[];
}
