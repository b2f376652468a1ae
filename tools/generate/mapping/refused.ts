import { escaped } from "./ottl.ts";
import { refusal } from "./json.ts";
import { at, attribute, concat, matches, replace, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import { valueText } from "./text.ts";

// Stand for the quotes of what is hidden already, and of its name.
const hidden = "\uFDD0";
const named = "\uFDD1";

/** ASCII letters as escapes: nobody writes them so, and no name could be found in them. */
const spelled = String.raw`\\u00(?:4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA])`;

/**
 * What is not read passes on as it is, marked with the reason. Members of these names may be secret: they are replaced
 * wherever they stand, and where one has no end that can be found, all that follows it.
 */
export const refused = (secrets: readonly string[]): Statement[] => {
  const names = `(?:${secrets.map(escaped).join("|")})`;
  const body = at("body");
  return when(`${refusal} != nil`, [
    set(attribute("job.record.anomaly"), concat(text("the Collector's mapping does not read it: "), refusal)),
    ...when(matches(at("source"), `${names}|${spelled}`), [
      set(body, at("source")),
      replace(body, `[${hidden}${named}]`, "?"),
      replace(body, `"(${names})"(\\s*:\\s*)${valueText}`, `${named}$\{1}${named}$\{2}${hidden}[secret]${hidden}`),
      replace(body, `(^|[^${named}])(${names}[\\\\"'\\s]*[:=])[\\s\\S]*`, "${1}${2}[secret]"),
      replace(body, `[${hidden}${named}]`, '"'),
      set(body, text("[secret]"), matches(at("source"), spelled)),
      set("log.body", body),
    ]),
  ]);
};
