import { deliver, problemOf } from "@jobtrail/delivery";
import type { Part } from "@jobtrail/delivery";
import { receiverAt, settings } from "../endpoint.ts";
import { failure } from "../errors.ts";
import type { Host } from "./host.ts";
import type { Output } from "./output.ts";
import type { Written } from "./target.ts";

/** How long a receiver is waited for: before its first answer, and after. */
const patienceMs = { first: 2000, later: 60_000 };

/** Who is informed while records are sent. */
export interface Listener {
  /** The receiver did not take so many records. */
  refused(count: number, why: string): void;
  /** Prints a sentence for the user. */
  say(sentence: string): void;
}

/**
 * Sends requests of OTLP to an address, `http://localhost:4318` for a job log on this machine, each after the one before.
 * @throws EndpointError for an address or headers with which nothing can be sent.
 * @throws CatalogueError where the receiver does not answer, or refuses a request.
 */
export function sender(address: string, { env }: Pick<Host, "env">, { refused, say }: Listener): Output {
  const receiver = receiverAt(address, env);
  const { endpoint } = receiver;
  let waiting: Written[] = [];
  let arrived = 0;
  const settle = ({ chunk: { items }, answer }: Part): void => {
    if (answer.kind !== "accepted") {
      const { says, advice } = problemOf(endpoint, answer, settings);
      throw failure("JOBTRAIL_SEND_FAILED", { problem: `${says}. ${advice}`, arrived: arrivedText(arrived) });
    }
    const rejected = Math.min(items, answer.rejected);
    if (rejected > 0) refused(rejected, answer.message);
    else if (answer.message !== "") say(`The receiver warns: ${answer.message}`);
    arrived += items - rejected;
  };
  const send = async ({ text, count }: Written): Promise<void> => {
    const parts = deliver(
      { body: Buffer.from(text), items: count },
      {
        ...receiver,
        patienceMs: arrived === 0 ? patienceMs.first : patienceMs.later,
        waits: (answer) => say(`${problemOf(endpoint, answer, settings).says}; it is tried again.`),
      },
    );
    for await (const part of parts) settle(part);
  };
  const flush = async (): Promise<void> => {
    const requests = waiting;
    waiting = [];
    for (const request of requests) await send(request);
  };
  return { put: (written) => void waiting.push(written), flush, finish: flush, [Symbol.dispose]: () => undefined };
}

const arrivedText = (arrived: number): string =>
  arrived === 0 ? "Nothing arrived." : `Only the first ${arrived.toLocaleString("en")} arrived.`;
