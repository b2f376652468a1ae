import { namesIn, textOf } from "./files.ts";
import { headerOf } from "./header.ts";
import type { Stack } from "./stack.ts";
import type { Variable } from "./variable.ts";

/**
 * What a variable is: in the words of a backend's file, which also say its default; where no file has words for it, the
 * default and the place.
 */
export function meaningOf({ name, defaults, places }: Variable, { backends }: Pick<Stack, "backends">): string {
  const brief =
    backends.map(({ variables }) => variables.get(name)).find((each) => each !== undefined) ?? elsewhere(name);
  if (brief !== undefined) return brief;
  const place = places[0]?.path.join(".") ?? "";
  return defaults.length === 0 ? place : `${defaults.map(shown).join(" or ")} where not set; ${place}`;
}

const shown = (text: string): string => (text === "" ? "nothing" : text);

/** A tier's file has no words for a variable that it shares with a backend, such as the brokers of Kafka. */
const elsewhere = (name: string): string | undefined =>
  name.startsWith("JOBTRAIL_")
    ? undefined
    : namesIn("backends")
        .map((each) => headerOf(textOf(`backends/${each}.yaml`), each).variables.get(name))
        .find((each) => each !== undefined);
