import type { EventName } from "../../../packages/conventions/src/index.ts";
import type { Meaning } from "../../../packages/schemas/src/word.ts";
import { refuse, restored } from "./json.ts";
import { at, concat, isOneOf, matches, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";

/** Adds to what does not agree with the document. */
export const anomaly = (where: string, ...parts: readonly string[]): Statement =>
  set(at("anomaly"), concat(at("anomaly"), text("; "), ...parts), where);

/** Says of a word that no document lists it. The word is the canonical text of a member. */
export const unlisted = (name: string, from: string, listed: readonly string[], where: string): Statement[] => [
  refuse(`a word of more than 80 characters: ${name}`, `${where} and ${matches(from, "^.{80}..+$")}`),
  set(at("word"), from, where),
  ...when(where, restored(at("word"))),
  anomaly(where, text(`${name} is `), at("word"), text(`; the document lists ${listed.join(", ")}`)),
];

/** What happened, by the word for it: `event`, `state`, `result`, `warning`. What has no meaning is no transition. */
export const meant = (word: string, meanings: Readonly<Record<string, Meaning>>): Statement[] => {
  const all = Object.entries(meanings);
  const wordsOf = (is: (meaning: Meaning) => boolean): readonly string[] =>
    all.filter(([, meaning]) => is(meaning)).map(([each]) => each);
  const known = <K extends "event" | "state" | "result">(key: K): Statement[] =>
    [...new Set(all.flatMap(([, meaning]) => meaning[key] ?? []))].map((value) =>
      set(
        at(key),
        text(value),
        isOneOf(
          word,
          wordsOf((meaning) => meaning[key] === value),
        ),
      ),
    );
  return [
    set(at("event"), text("job.run.progress" satisfies EventName)),
    ...known("event"),
    ...known("state"),
    ...known("result"),
    set(
      at("warning"),
      word,
      isOneOf(
        word,
        wordsOf(({ warning }) => warning === true),
      ),
    ),
  ];
};
