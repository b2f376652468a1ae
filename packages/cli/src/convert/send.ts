import { headersIn, logsAt } from "../endpoint.ts";
import { deliver } from "../resend/deliver.ts";
import { Failure } from "./failure.ts";
import type { Host } from "./host.ts";
import type { Output } from "./output.ts";
import type { Written } from "./target.ts";

/** For how long a receiver is waited for that was never heard of, and one that was. */
const patienceMs = { first: 2000, later: 60_000 };

/** What a sender says while it sends. */
export interface Hearer {
  /** The receiver did not take so many records. */
  refused(count: number, why: string): void;
  /** Something that people should know, in a sentence. */
  say(sentence: string): void;
}

/**
 * Sends requests of OTLP to an endpoint, `http://localhost:4318` for a job log on this machine, each after the one before.
 * @throws Failure where the receiver does not answer, or takes none.
 */
export function sender(endpoint: string, { env }: Pick<Host, "env">, { refused, say }: Hearer): Output {
  const url = logsAt(endpoint);
  const headers = headersIn(env["OTEL_EXPORTER_OTLP_HEADERS"]);
  let waiting: Written[] = [];
  let arrived = 0;
  const send = async ({ text, count }: Written): Promise<void> => {
    const answer = await deliver(text, {
      url,
      headers,
      patienceMs: arrived === 0 ? patienceMs.first : patienceMs.later,
      waits: (why) => say(`${url}: ${why}; it is asked again.`),
    });
    if (answer.kind !== "taken")
      throw failed(url, answer.why + (answer.kind === "refused" ? hintOf(answer.status) : ""), arrived);
    if (answer.rejected > 0) refused(Math.min(count, answer.rejected), answer.why);
    else if (answer.why !== "") say(`The receiver warns: ${answer.why}`);
    arrived += count;
  };
  const flush = async (): Promise<void> => {
    const requests = waiting;
    waiting = [];
    for (const request of requests) await send(request);
  };
  return { put: (written) => void waiting.push(written), flush, finish: flush, [Symbol.dispose]: () => undefined };
}

const failed = (url: string, why: string, arrived: number): Failure =>
  new Failure(
    "JOBTRAIL_SEND_FAILED",
    `${url}: ${why}. ${arrived === 0 ? "Nothing" : `Only the first ${arrived.toLocaleString("en")}`} arrived.`,
  );

const hintOf = (status: number): string =>
  status === 401 || status === 403
    ? "; what lets you in is taken from OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20abc"
    : "";
