import { problemOf } from "@jobtrail/delivery";
import type { Answer, Endpoint, Settings } from "@jobtrail/delivery";
import { at, isOtlpHttp, placesIn } from "./config.ts";
import type { Config } from "./config.ts";
import { referencesIn } from "./variable.ts";

/** What came of sending the test job to a backend. */
export interface Outcome {
  /** Absent where nobody knows what the words mean. */
  readonly answer?: Answer;
  /** Where it was sent. */
  readonly endpoint: Pick<Endpoint, "url" | "proxy">;
  /** What was said where there is no answer. */
  readonly said?: string;
}

/** A test job that was sent: its `job.uid`, and what came of it in the order of the destinations. */
export interface Sent {
  readonly uid: string;
  /** What came of it, or why it was not sent there. */
  readonly outcomes: readonly (Outcome | string)[];
}

/** Whether all of the test job was taken. */
export const isTaken = ({ answer }: Outcome): boolean => answer?.kind === "accepted" && answer.rejected === 0;

/** What the outcome of an exporter means and what to do, in one line; it may hold secrets. */
export function plainly({ answer, endpoint, said = "" }: Outcome, exporter: string, config: Config): string {
  if (answer === undefined)
    return `not taken. It said: ${said === "" ? "nothing" : said}. Look at the settings of ${exporter} and the limits of its backend: jobtrail collector backends`;
  if (answer.kind === "accepted") {
    const { rejected, message } = answer;
    const own = message === "" ? "" : ` It said: ${message}`;
    return rejected === 0 ? `taken.${own}` : `taken in part: ${rejected} of the test job's were dropped.${own}`;
  }
  const { says, advice } = problemOf(endpoint, answer, settingsOf(exporter, config));
  const then = answer.kind === "refused" ? "drops such a request" : "tries again";
  return `not taken: ${says}. ${advice} The Collector ${then}.`;
}

/** What a user changes: the variables of the address and of the credentials, where there are some. */
function settingsOf(exporter: string, config: Config): Settings {
  const settings = config.exporters[exporter];
  const login = config.extensions[String(at(settings, ["auth", "authenticator"]))];
  return {
    address: namesIn(endpointsOf(settings)) || `the endpoint of ${exporter}`,
    headers: namesIn([at(settings, ["headers"]), login]) || `the headers of ${exporter}`,
    encoding: `Look at the encoding of ${exporter}.`,
    certificate: `tls.ca_file of ${exporter}`,
    ...(!isOtlpHttp(exporter) && { isOther: true }),
  };
}

const endpointsOf = (settings: unknown): string[] =>
  placesIn(settings)
    .filter(({ path }) => path.at(-1)?.endsWith("endpoint") === true)
    .map(({ text }) => text);

/** The variables in a value, as a list for people. */
const namesIn = (value: unknown): string =>
  [...new Set(placesIn(value).flatMap(({ text }) => referencesIn(text).map(({ name }) => name)))].join(", ");
