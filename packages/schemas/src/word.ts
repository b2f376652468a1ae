import type { EventName, JobState, RunResult } from "@jobtrail/conventions";
import { cut } from "@jobtrail/core/event";
import type { Mark } from "./mark.ts";
import { visible } from "./visible.ts";

/** What a status means: the event that it stands for, and what is certain then. */
export interface Meaning {
  readonly event: EventName;
  readonly state?: JobState;
  readonly result?: RunResult;
  /** The work was done, with problems. */
  readonly warning?: true;
  /** Nobody knows whether this end was the job's last. */
  readonly mayGoOn?: true;
}

/** An end whose outcome nobody reported. */
export const unknownEnd: Meaning = { event: "job.run.ended" };

/** Stands in records that are derived from a job whose outcome is not known, where the document has no word for that. */
export const unknownWord = "UNKNOWN";

/** Finds documented words in whatever case, and with whatever stands between their parts: `In progress`, `IN_PROGRESS`. */
export function lookup<T>(words: Readonly<Record<string, T>>): (word: string) => T | undefined {
  const byKey = new Map(Object.entries(words).map(([word, value]) => [keyOf(word), value]));
  return (word) => byKey.get(keyOf(word));
}

const keyOf = (word: string): string =>
  visible(word)
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, "");

/** The status of a job as its record has it. */
export interface Status {
  /** What the field is called. */
  readonly field: string;
  readonly word: string;
  /** The documented words, for the message. */
  readonly listed: readonly string[];
  readonly find: (word: string) => Meaning | undefined;
  /** Whether the record says by anything else that the job has ended: by a time, or by what kind of record it is. */
  readonly hasEnded: boolean;
  readonly mark: Mark | undefined;
}

/** What a status means, and what does not agree with the document. */
export interface Understood {
  readonly meaning: Meaning;
  readonly anomalies: readonly string[];
}

/**
 * What a status means together with the rest of its record. An end stays an end, whatever the status says; a status
 * that the document does not list gives no outcome.
 */
export function understood({ field, word, listed, find, hasEnded, mark }: Status): Understood {
  const meaning = mark !== undefined && keyOf(word) === keyOf(unknownWord) ? unknownEnd : find(word);
  if (meaning !== undefined && (!hasEnded || ends.has(meaning.event))) return { meaning, anomalies: [] };
  const anomaly =
    meaning === undefined
      ? unlisted(field, word, listed)
      : `${field} is ${shown(word)}, which is no end, though the record says that the job has ended`;
  return { meaning: hasEnded ? { ...unknownEnd, mayGoOn: true } : { event: "job.run.progress" }, anomalies: [anomaly] };
}

const ends: ReadonlySet<EventName> = new Set(["job.run.ended", "job.ended", "job.removed"]);

/** The anomaly of a word that the document does not list. */
export const unlisted = (field: string, word: string, listed: readonly string[]): string =>
  `${field} is ${shown(word)}; the document lists ${listed.join(", ")}`;

const shown = (word: string): string => JSON.stringify(cut(word, 80));
