import { cut, withoutSecrets } from "@jobtrail/core/event";

/** The longest text that is kept of something refused, in characters. */
export const excerptLimit = 2048;

/** A longer text is cut before secrets are looked for, so that the search stays short. */
const searchLimit = 65_536;

/** A value as JSON text, without secrets, cut. Goes no further into the value than the text is long. */
export function excerpt(value: unknown): string {
  const parts: string[] = [];
  add(value, { parts, left: excerptLimit });
  return cut(withoutSecrets(parts.join("")), excerptLimit);
}

interface Sheet {
  readonly parts: string[];
  left: number;
}

function put(sheet: Sheet, text: string): void {
  sheet.left -= text.length;
  sheet.parts.push(text);
}

function add(value: unknown, sheet: Sheet): void {
  if (sheet.left < 0) return;
  if (typeof value === "string") put(sheet, quoted(value));
  else if (typeof value !== "object" || value === null) put(sheet, String(value));
  else if (value instanceof Uint8Array) put(sheet, `"[${value.length} bytes]"`);
  else if (Array.isArray(value)) addAll("[]", value, sheet, (each) => add(each, sheet));
  else
    addAll("{}", Object.entries(value), sheet, ([key, each]) => {
      put(sheet, `${quoted(key)}:`);
      add(each, sheet);
    });
}

function addAll<T>(brackets: string, all: readonly T[], sheet: Sheet, addOne: (each: T) => void): void {
  put(sheet, brackets.charAt(0));
  for (const [at, each] of all.entries()) {
    if (sheet.left < 0) return;
    if (at > 0) put(sheet, ",");
    addOne(each);
  }
  put(sheet, brackets.charAt(1));
}

const quoted = (text: string): string => JSON.stringify(cut(withoutSecrets(text.slice(0, searchLimit)), excerptLimit));
