import { problemOf } from "@jobtrail/delivery";
import type { Answer, Endpoint, Settings } from "@jobtrail/delivery";
import { at, isOtlpHttp, scalarsIn } from "./config.ts";
import type { Config } from "./config.ts";
import { referencesIn } from "./variable.ts";

/** The result of sending the test job to a backend. */
export interface Outcome {
  /** Absent if the exporter's message is not understood. */
  readonly answer?: Answer;
  /** Where it was sent. */
  readonly endpoint: Pick<Endpoint, "url" | "proxy">;
  /** The exporter's message, if there is no answer. */
  readonly said?: string;
}

/** A test job that was sent: its `job.uid`, and the outcomes in the order of the destinations. */
export interface Sent {
  readonly uid: string;
  /** Each outcome, or the reason why the job was not sent there. */
  readonly outcomes: readonly (Outcome | string)[];
}

/** Whether the backend accepted the whole test job. */
export const isTaken = ({ answer }: Outcome): boolean => answer?.kind === "accepted" && answer.rejected === 0;

/** Describes the outcome of an exporter and what to do, in one line; the line may hold secrets. */
export function outcomeText({ answer, endpoint, said = "" }: Outcome, exporter: string, config: Config): string {
  if (answer === undefined)
    return `not accepted. It said: ${said === "" ? "nothing" : said}. Look at the settings of ${exporter} and the limits of its backend: jobtrail collector backends`;
  if (answer.kind === "accepted") {
    const { rejected, message } = answer;
    const own = message === "" ? "" : ` It said: ${message}`;
    return rejected === 0
      ? `accepted.${own}`
      : `accepted in part: ${rejected} items of the test job were dropped.${own}`;
  }
  const { says, advice } = problemOf(endpoint, answer, settingsOf(exporter, config));
  const then = answer.kind === "refused" ? "drops such a request" : "tries again";
  return `not accepted: ${says}. ${advice} The Collector ${then}.`;
}

/** The names of the settings to change: the variables of the address and of the credentials, if there are any. */
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
  scalarsIn(settings)
    .filter(({ path }) => path.at(-1)?.endsWith("endpoint") === true)
    .map(({ text }) => text);

/** The variables in a value, as a list for people. */
const namesIn = (value: unknown): string =>
  [...new Set(scalarsIn(value).flatMap(({ text }) => referencesIn(text).map(({ name }) => name)))].join(", ");
