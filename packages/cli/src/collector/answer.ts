import { at, placesIn } from "./config.ts";
import type { Config } from "./config.ts";
import { referencesIn } from "./variable.ts";

/** What a backend answered to the test job. */
export interface Answer {
  readonly isTaken: boolean;
  /** The status of HTTP, and the address that gave it, where they are known. */
  readonly status?: number;
  readonly address?: string;
  /** How many of what was sent it did not take, where it took the rest. */
  readonly dropped?: number;
  /** What else was said, as it was said; secrets replaced. */
  readonly said: string;
}

/** A test job that was sent: its `job.uid`, and the answers in the order of the destinations. */
export interface Sent {
  readonly uid: string;
  /** An answer, or why it was not sent there. */
  readonly answers: readonly (Answer | string)[];
}

const credentials = (names: string): string => (names === "" ? "the token" : names);
const address = (names: string): string => (names === "" ? "the address" : names);

/** What a status means, and where to look: at the variables of the credentials, or at those of the address. */
const meanings: Readonly<Record<number, (keys: string, endpoints: string) => string>> = {
  400: () => "it could not read the request, or takes no such records. Look at its limits: jobtrail collector backends",
  401: (keys) => `it does not know who sends. Look at ${credentials(keys)}.`,
  403: (keys) => `who sends may not do this. Look at the rights that come with ${credentials(keys)}.`,
  404: (_, endpoints) => `nothing is at this path. Look at ${address(endpoints)}.`,
  405: (_, endpoints) => `something else is at this path. Look at ${address(endpoints)}.`,
  413: () => "the request is too large for it, or for a proxy before it.",
  415: () => "it does not take this encoding. Look at `encoding` of the exporter.",
  429: () => "it takes no more for the moment. The Collector would try again.",
  502: () => "a proxy before it does not reach it. The Collector would try again.",
  503: () => "it is not ready. The Collector would try again.",
  504: () => "a proxy before it does not reach it. The Collector would try again.",
};

/** What the answer of an exporter's backend means, in one line. */
export function plainly(answer: Answer, exporter: string, config: Config): string {
  const { isTaken, status, address: by, dropped, said } = answer;
  const detail = said === "" ? "" : ` It said: ${said}`;
  const code = [...(status === undefined ? [] : [String(status)]), ...(by === undefined ? [] : [`by ${by}`])].join(" ");
  if (isTaken) return `taken${code === "" ? "" : ` (${code})`}.${detail}`;
  if (dropped !== undefined) return `taken in part: ${dropped} of the test job's were dropped.${detail}`;
  if (status === undefined) return `not taken.${detail}`;
  const settings = config.exporters[exporter];
  const login = config.extensions[String(at(settings, ["auth", "authenticator"]))];
  const meaning = meanings[status] ?? (() => "the Collector would drop what is answered so.");
  const keys = namesIn([at(settings, ["headers"]), login]);
  return `refused (${code}): ${meaning(keys, namesIn(endpointsOf(settings)))}${detail}`;
}

const endpointsOf = (settings: unknown): string[] =>
  placesIn(settings)
    .filter(({ path }) => path.at(-1)?.endsWith("endpoint") === true)
    .map(({ text }) => text);

/** The variables in a value, as a list for people. */
const namesIn = (value: unknown): string =>
  [...new Set(placesIn(value).flatMap(({ text }) => referencesIn(text).map(({ name }) => name)))].join(", ");

/** A text on one line, and no longer than can be read at a glance. */
export function short(text: string): string {
  const line = text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\p{C}+/gu, "")
    .trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
