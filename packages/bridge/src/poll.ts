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

/**
 * A source that is read in rounds. A round that fails is repeated from the last page that was acknowledged, after a
 * pause that grows.
 */
export function polled<Mark>(poll: Poll<Mark>, { clock, status, say, once }: Surroundings): BridgeSource<Mark> {
  const { name, everyMs, mark, round } = poll;
  return {
    name,
    mark,
    async *read(from, stop) {
      let [at, tries, said] = [from, 0, ""];
      while (!stop.aborted) {
        let waitMs = betweenMs(everyMs);
        try {
          for await (const page of round(at, stop)) {
            yield page;
            at = page.next;
            tries = 0;
          }
          if (said !== "") say(`${name} is read again.`);
          said = "";
          if (once) return;
        } catch (error) {
          if (stop.aborted) return;
          if (!(error instanceof SourceError)) throw error;
          status.failed(error.message);
          // The same failure is said once, not with each try.
          if (error.message !== said) say(`${name}: ${error.message}`);
          said = error.message;
          waitMs = error.code === "JOBTRAIL_SOURCE_FORBIDDEN" ? waitMs : pauseMs(++tries, error.afterMs);
        }
        await clock.wait(waitMs, stop);
      }
    },
  };
}
