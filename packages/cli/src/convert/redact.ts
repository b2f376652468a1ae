import { cut, secret, withoutSecrets } from "@jobtrail/core/event";
import { isNumeral } from "@jobtrail/schemas";
import type { Field, Json, Schema } from "@jobtrail/schemas";

const longestText = 1024;
const longestRecord = 32_768;

/**
 * A record that its schema refuses, without what is secret in any of the schema's forms: it may have been meant as
 * any of them. Nothing where it is no object or too long to be shown.
 */
export function redactedRecord<R extends object>(record: Json | undefined, schema: Schema<R>): unknown {
  if (typeof record !== "object" || record === null || isNumeral(record) || Array.isArray(record)) return undefined;
  const names = secretNames(schema);
  const shown = hide(schema.redact(record as unknown as R) as unknown as Json, names);
  return JSON.stringify(shown).length > longestRecord ? undefined : shown;
}

const secretNames = (schema: {
  readonly forms: readonly { readonly fields: readonly Field[] }[];
}): ReadonlySet<string> =>
  new Set(
    schema.forms.flatMap(({ fields }) =>
      fields
        .filter(({ sensitivity }) => sensitivity === "secret")
        .flatMap(({ name }) =>
          name
            .replaceAll("[]", "")
            .split(".")
            .filter((step) => step !== "*")
            .slice(-1),
        ),
    ),
  );

function hide(value: Json, names: ReadonlySet<string>): unknown {
  if (typeof value === "string")
    // A text may be JSON that holds secrets of its own.
    return [...names].some((name) => value.includes(`"${name}`)) ? secret : cut(withoutSecrets(value), longestText);
  if (typeof value !== "object" || value === null || isNumeral(value)) return value;
  if (Array.isArray(value)) return value.map((each: Json) => hide(each, names));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, names.has(key) && !isNothing(each) ? secret : hide(each, names)]),
  );
}

const isNothing = (value: Json): boolean => value === null || value === "";
