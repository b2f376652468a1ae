import { after } from "@jobtrail/core/clock";
import { now } from "@jobtrail/core/event";
import { guard, tell } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import { outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Undo } from "@jobtrail/instrumentation/adapter";
import { travelled } from "./carrier.ts";
import { endRun } from "./end.ts";
import { enteredOf, homeOf, isInternal, keyOf } from "./home.ts";
import type { Home, Manager } from "./home.ts";
import { definitionOf } from "./job.ts";
import { verdictOf } from "./outcome.ts";
import { readRows } from "./row.ts";
import { startRun } from "./start.ts";
import type { Fetched, Held } from "./start.ts";

/** Watches `Telemetry#receive`: an app that fetches a job itself begins to work at it. */
export const watchFetching = (prototype: unknown, to: Recorder): Undo =>
  wrap(
    prototype,
    "receive",
    (original) =>
      function (...args) {
        const [queue, fetch, carrierOf] = args as [string, () => unknown, (job: Fetched) => unknown];
        const entered = guard("pgboss: fetch", () => enteredOf(this));
        if (entered === undefined || isInternal(queue) || typeof fetch !== "function")
          return original.apply(this, args as unknown[]);
        const { manager } = entered;
        const home = homeOf(this);
        const fetching = (): unknown =>
          outcome(
            "pgboss: fetch",
            fetch(),
            (jobs) => begin({ home, manager, queue }, jobs as Fetched[], carrierOf, to),
            () => undefined,
          );
        return original.call(this, queue, fetching, carrierOf);
      },
  );

interface Place {
  readonly home: Home;
  readonly manager: Manager;
  readonly queue: string;
}

function begin(place: Place, jobs: readonly Fetched[], carrierOf: (job: Fetched) => unknown, to: Recorder): void {
  if (definitionOf(to, place.manager, place.queue).ignored) return;
  const time = now();
  for (const job of jobs) {
    const held = startRun({ ...place, job, from: travelled(carrierOf(job)), by: "app", time }, to, {});
    look(held, place, job.expireInSeconds * 1000);
  }
}

/** How long to wait before an expired job is looked at again, in milliseconds: at first, and at the most. */
const roundMs = { first: 1000, most: 60_000 };

/** An app may forget a job that it fetched. Its time is limited, and its row tells when pg-boss has taken it back. */
function look(held: Held, place: Place, afterMs: number, nextMs: number = roundMs.first): void {
  after(afterMs, () => void lookOnce(held, place, nextMs).catch((error: unknown) => tell("pgboss: expiry", error)));
}

async function lookOnce(held: Held, place: Place, nextMs: number): Promise<void> {
  const { home, manager, queue } = place;
  const { id, retryCount } = held.job;
  const isOpen = (): boolean => home.open.get(keyOf(queue, id)) === held;
  if (!isOpen()) return;
  const row = (await readRows(manager, queue, [id]))?.get(id);
  if (!isOpen()) return;
  if (row === undefined || (row.state === "active" && row.retryCount === retryCount))
    return look(held, place, nextMs, Math.min(nextMs * 2, roundMs.most));
  endRun(held, verdictOf(row, retryCount, { landed: undefined, result: "failure" }), home);
}
