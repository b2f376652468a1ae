import { namesIn, textOf } from "./files.ts";
import { headerOf } from "./header.ts";
import type { Stack } from "./stack.ts";
import type { Variable } from "./variable.ts";

/**
 * The description of a variable: the text in a backend's file, which also names the default; without such a text, the
 * default and the path of the setting.
 */
export function descriptionOf({ name, defaults, uses }: Variable, { backends }: Pick<Stack, "backends">): string {
  const brief =
    backends.map(({ variables }) => variables.get(name)).find((each) => each !== undefined) ?? elsewhere(name);
  if (brief !== undefined) return brief;
  const use = uses[0]?.path.join(".") ?? "";
  return defaults.length === 0 ? use : `${defaults.map(shown).join(" or ")} where not set; ${use}`;
}

const shown = (text: string): string => (text === "" ? "nothing" : text);

/** A tier's file does not describe a variable that it shares with a backend, such as the brokers of Kafka. */
const elsewhere = (name: string): string | undefined =>
  name.startsWith("JOBTRAIL_")
    ? undefined
    : namesIn("backends")
        .map((each) => headerOf(textOf(`backends/${each}.yaml`), each).variables.get(name))
        .find((each) => each !== undefined);
