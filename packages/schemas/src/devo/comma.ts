import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { parseText } from "../json.ts";
import type { Parsed } from "../json.ts";

// Texts are taken whole, so that what stands in them is not looked at, and one that does not end goes to the end.
const textOrComma = /"(?:[^"\\]|\\[^]?)*(?:"|$)|,(?=[ \t\r\n]*[\]}])/g;

/**
 * Reads JSON text, also where a comma stands before a closing bracket, as in the list of jobs that Devo's
 * documentation prints. No JSON has such commas and no server of Devo's writes them: by default they are refused.
 */
export function parseWithCommas(text: string, isLenient: boolean): Parsed | Refusal {
  const parsed = parseText(text);
  if (!isRefusal(parsed)) return parsed;
  let first: number | undefined;
  const mended = text.replace(textOrComma, (found, at: number) => {
    if (found !== ",") return found;
    first ??= at;
    return "";
  });
  if (first === undefined) return parsed;
  const again = parseText(mended);
  if (isRefusal(again)) return parsed;
  return isLenient ? again : { ...parsed, found: commaAt(first) };
}

const commaAt = (at: number): string =>
  `a comma before the closing bracket at character ${at}, as in the list that Devo's documentation prints by mistake; lenient reading leaves it out`;
