import { comma } from "./json.ts";
import { at, matches, replace, set, text, when } from "./ottl.ts";
import type { Section } from "./ottl.ts";
import { objectText } from "./text.ts";

const rows = at("rows");
const before = String.raw`^\s*(?:\{\s*"records"\s*:\s*)?\[\s*`;
const after = String.raw`\s*\]\s*\}?\s*$`;

/** The statements by which a message of several rows becomes a list of their texts, each as it came. */
export const rowSections: readonly Section[] = [
  {
    title: "A message may hold several rows: the body becomes a list of their texts.",
    statements: [
      set("log.observed_time", "Now()", "log.observed_time_unix_nano == 0"),
      set(rows, "log.body", "IsString(log.body)"),
      set(
        rows,
        'Decode(log.body, "utf-8")',
        `${rows} == nil and log.body != nil and not IsMap(log.body) and not IsList(log.body)`,
      ),
      set("log.body", rows),
      set(at("several"), "true", matches(rows, `${before}${objectText}(?:\\s*,\\s*${objectText})*${after}`)),
      ...when(`${at("several")} == true`, [
        replace(rows, comma, "?"),
        replace(rows, before, ""),
        replace(rows, after, ""),
        replace(rows, `(${objectText})\\s*,?\\s*`, `$1${comma}`),
        set("log.body", `Split(TrimSuffix(${rows}, ${text(comma)}), ${text(comma)})`),
      ]),
    ],
  },
];
