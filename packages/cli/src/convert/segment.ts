import { refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";

/** The text of one record, or of an answer that lists several, and where it began. */
export interface Segment {
  readonly text: string;
  /** The line of the input on which it begins, from 1. */
  readonly line: number;
  /** Why it cannot be read as text; then the text is empty. */
  readonly fault?: Refusal;
  /** The cells of a row by their columns, where the input is CSV. The text then is the JSON of these. */
  readonly row?: Readonly<Record<string, string>>;
  /** The same list without what the answer said after it. Only where the text is what stands around a long list. */
  readonly bare?: string;
}

/** A segment that cannot be read. */
export const faulty = (line: number, expected: string, found: string): Segment => ({
  text: "",
  line,
  fault: { ...refuse("record", expected, undefined), found },
});

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of bytes, which are given as one character each; nothing where they are no UTF-8. */
export function decoded(bytes: string): string | undefined {
  // All of ASCII is its own UTF-8.
  if (/^[\0-\x7F]*$/.test(bytes)) return bytes;
  try {
    return decoder.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

/** The segment of bytes, which are given as one character each. */
export function segmentOf(bytes: string, line: number): Segment {
  const text = decoded(bytes);
  return text === undefined ? faulty(line, "text in UTF-8", "other bytes") : { text, line };
}
