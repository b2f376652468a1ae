import { after } from "@jobtrail/core/clock";
import type { Answer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { problemOf } from "./problem.ts";
import type { Problem, Settings } from "./problem.ts";

/** The kinds of items that are counted. */
export type Noun = "record" | "span" | "metric";

/** Why items are lost or wait. */
export type Trouble = Answer | "full" | "not encoded";

/** Reports losses and delays in one line per cause; the signals of a process share it. */
export interface Losses {
  /** Items are lost for good. */
  lost(endpoint: Endpoint, trouble: Trouble, items: number, noun: Noun): void;
  /** A request waits for a retry. */
  delayed(endpoint: Endpoint, answer: Answer): void;
  /** Items are lost if the process ends before the retry. */
  endangered(endpoint: Endpoint, answer: Answer, items: number, noun: Noun): void;
  /** A request was accepted. */
  arrived(endpoint: Endpoint): void;
  /** Prints the lines that are due. At the end it also prints the losses since the last line of the same cause. */
  tell(isEnd: boolean): void;
}

/**
 * @param say prints a line; it must not throw.
 * @param atEndOnly says nothing while the process lives: in a thread, whose main thread says the same.
 */
export const createLosses = (say: (line: string) => void, settings: Settings, atEndOnly = false): Losses =>
  new Ledger(say, settings, atEndOnly);

/** How long losses are collected, so that three signals make one line. */
const collectMs = 1000;

type Counts = Map<Noun, number>;

interface Topic {
  readonly problem: Problem;
  readonly origin: string;
  /** What is lost, and what of that is not said yet. */
  readonly all: Counts;
  readonly unsaid: Counts;
  /** What is lost if the process ends now. */
  readonly endangered: Counts;
  /** Whether something waits behind it, and that was not said yet. */
  isWaiting: boolean;
  wasSaid: boolean;
}

class Ledger implements Losses {
  readonly #say: (line: string) => void;
  readonly #settings: Settings;
  readonly #atEndOnly: boolean;
  readonly #topics = new Map<string, Topic>();
  #isPlanned = false;

  constructor(say: (line: string) => void, settings: Settings, atEndOnly: boolean) {
    this.#say = say;
    this.#settings = settings;
    this.#atEndOnly = atEndOnly;
  }

  lost(endpoint: Endpoint, trouble: Trouble, items: number, noun: Noun): void {
    if (!(items > 0)) return;
    const { all, unsaid } = this.#topicOf(endpoint, trouble);
    add(all, noun, items);
    add(unsaid, noun, items);
    this.#plan();
  }

  delayed(endpoint: Endpoint, answer: Answer): void {
    // A busy receiver and a broken connection are retried without a line.
    if (answer.kind !== "failed" || answer.code === "ECONNRESET" || answer.code === "EPIPE") return;
    const topic = this.#topicOf(endpoint, answer);
    topic.isWaiting ||= !topic.wasSaid;
    this.#plan();
  }

  endangered(endpoint: Endpoint, answer: Answer, items: number, noun: Noun): void {
    add(this.#topicOf(endpoint, answer).endangered, noun, items);
  }

  arrived({ url }: Endpoint): void {
    const { origin } = new URL(url);
    for (const topic of this.#topics.values()) if (topic.origin === origin) topic.isWaiting = false;
  }

  tell(isEnd: boolean): void {
    this.#isPlanned = false;
    for (const topic of this.#topics.values()) {
      const line = lineOf(topic, isEnd);
      if (line === undefined) continue;
      this.#say(line);
      topic.wasSaid = true;
      topic.isWaiting = false;
      topic.unsaid.clear();
      topic.endangered.clear();
    }
  }

  #plan(): void {
    if (this.#isPlanned || this.#atEndOnly) return;
    this.#isPlanned = true;
    after(collectMs, () => this.tell(false));
  }

  #topicOf(endpoint: Endpoint, trouble: Trouble): Topic {
    const { origin } = new URL(endpoint.url);
    const key = `${origin} ${kindOf(trouble)}`;
    const topic = this.#topics.get(key) ?? newTopic(origin, problemIn(origin, endpoint, trouble, this.#settings));
    this.#topics.set(key, topic);
    return topic;
  }
}

const newTopic = (origin: string, problem: Problem): Topic => ({
  problem,
  origin,
  all: new Map(),
  unsaid: new Map(),
  endangered: new Map(),
  isWaiting: false,
  wasSaid: false,
});

const add = (counts: Counts, noun: Noun, items: number): void => void counts.set(noun, (counts.get(noun) ?? 0) + items);

/** Each cause is reported once while the process lives; the end reports the losses since. */
function lineOf(topic: Topic, isEnd: boolean): string | undefined {
  const { problem, all, unsaid, endangered, isWaiting, wasSaid } = topic;
  const { says, advice } = problem;
  if (unsaid.size > 0 && !wasSaid) return `${says}, so ${counted(unsaid)} lost. ${advice}`;
  if (unsaid.size > 0 && isEnd) return `${says}: in all, ${counted(all)} lost.`;
  if (endangered.size > 0 && !wasSaid)
    return `${says}, so ${counted(endangered)} lost if the process ends now. ${advice}`;
  if (isWaiting && !isEnd) return `${says}, so no telemetry of jobs arrives; Jobtrail retries. ${advice}`;
  return undefined;
}

const nouns: readonly Noun[] = ["record", "span", "metric"];

/** `3 records, 1 span and 2 metrics are` */
function counted(counts: Counts): string {
  const parts = nouns.flatMap((noun) => {
    const count = counts.get(noun);
    return count === undefined ? [] : [`${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`];
  });
  const sum = [...counts.values()].reduce((a, b) => a + b, 0);
  const list = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts.join("");
  return `${list} ${sum === 1 ? "is" : "are"}`;
}

function kindOf(trouble: Trouble): string | number {
  if (typeof trouble === "string") return trouble;
  if (trouble.kind === "accepted") return "in part";
  return trouble.kind === "failed" ? trouble.code : trouble.status;
}

function problemIn(origin: string, endpoint: Endpoint, trouble: Trouble, settings: Settings): Problem {
  if (trouble === "full")
    return {
      says: "the send queue is full",
      advice: "Raise OTEL_BLRP_MAX_QUEUE_SIZE (records) or OTEL_BSP_MAX_QUEUE_SIZE (spans).",
    };
  if (trouble === "not encoded")
    return { says: "some telemetry cannot be encoded", advice: "OTEL_LOG_LEVEL=error may say more." };
  if (trouble.kind !== "accepted") return problemOf(endpoint, trouble, settings);
  const { message } = trouble;
  return {
    says: `${origin} accepts requests only in part`,
    advice: message === "" ? "It does not say why: look at its log." : `It said: ${sentence(message)}`,
  };
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
