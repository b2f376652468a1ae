import { refuse, withoutSecrets } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";

/** Thrown inside this package where the wire says something that cannot be read; it never leaves it. */
export class Unreadable extends Error {
  /** Where in the body; the place grows as it passes outwards. */
  path = "";
  readonly expected: string;
  readonly found: unknown;
  /** Whether the whole body is refused, not only the record that it stands in. */
  readonly whole: boolean;

  constructor(expected: string, found: unknown, whole = false) {
    super(expected);
    this.expected = expected;
    this.found = found;
    this.whole = whole;
  }
}

/** What was caught, with the place it happened in put before its path. */
export function within(place: string, caught: unknown): Unreadable {
  const error = caught instanceof Unreadable ? caught : new Unreadable("whole, well-formed protobuf", reasonOf(caught));
  const joint = place === "" || error.path === "" || error.path.startsWith("[") ? "" : ".";
  error.path = `${place}${joint}${error.path}`;
  return error;
}

/** The caught error, as text for a message. */
export function refusalOf(caught: unknown): Refusal {
  const { path, expected, found } = within("", caught);
  return refuse(path === "" ? "body" : path, expected, typeof found === "string" ? withoutSecrets(found) : found);
}

const reasonOf = (caught: unknown): string => (caught instanceof Error ? caught.message : "something else");
