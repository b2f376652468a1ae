import { SourceError } from "./client.ts";
import { pauseMs } from "./pace.ts";
import type { BridgePage, BridgeSource, Surroundings } from "./source.ts";

/** How a source is polled. */
export interface Poll<Mark> {
  readonly name: string;
  readonly everyMs: number;
  /** Checks a stored mark. */
  readonly mark: (stored: unknown) => Mark | undefined;
  /** Reads all that is new since a mark, page by page. */
  readonly round: (from: Mark | undefined, stop: AbortSignal) => AsyncIterable<BridgePage<Mark>>;
}

/** The wait until the next round; bridges with equal intervals drift apart. */
const betweenMs = (everyMs: number): number => Math.round(everyMs * (0.9 + Math.random() / 5));

/** Failures of a source: each is said once, and the pauses grow. */
export interface Trouble {
  /** A round succeeded; gives the wait until the next. */
  over(): number;
  /** Something was read. */
  moved(): void;
  /** A round failed; gives the wait until the next. @throws what is no failure of the source. */
  failed(error: unknown): number;
}

/** The failures of one source. */
export function troubleOf({ name, status, say }: Surroundings, everyMs: number): Trouble {
  let [tries, said] = [0, ""];
  return {
    over() {
      if (said !== "") say(`${name} is read again.`);
      [tries, said] = [0, ""];
      return betweenMs(everyMs);
    },
    moved: () => void (tries = 0),
    failed(error) {
      if (!(error instanceof SourceError)) throw error;
      const { code, message, afterMs } = error;
      status.failed(message);
      if (message !== said) say(`${name}: ${message}`);
      said = message;
      return code === "JOBTRAIL_SOURCE_FORBIDDEN" ? betweenMs(everyMs) : pauseMs(++tries, afterMs);
    },
  };
}

/**
 * A source that is read in rounds. A round that fails is repeated from the last page that was acknowledged, after a
 * pause that grows.
 */
export function polled<Mark>(poll: Poll<Mark>, around: Surroundings): BridgeSource<Mark> {
  const { name, everyMs, mark, round } = poll;
  return {
    name,
    mark,
    async *read(from, stop) {
      const trouble = troubleOf(around, everyMs);
      let [at, waitMs] = [from, 0];
      while (!stop.aborted) {
        try {
          for await (const page of round(at, stop)) {
            yield page;
            at = page.next;
            trouble.moved();
          }
          waitMs = trouble.over();
          if (around.once) return;
        } catch (error) {
          if (stop.aborted) return;
          waitMs = trouble.failed(error);
        }
        await around.clock.wait(waitMs, stop);
      }
    },
  };
}
