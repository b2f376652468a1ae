import { after } from "@jobtrail/core/clock";
import { tell } from "@jobtrail/core/recorder";
import { tap } from "@jobtrail/instrumentation/adapter";
import type { Call, Jobs, Tap } from "@jobtrail/instrumentation/adapter";
import { enteredOf, instanceOf, keyOf } from "./instance.ts";
import { isInternal } from "./library.ts";
import type { Held, Instance } from "./instance.ts";
import type { Manager } from "./library.ts";
import { kindOf } from "./job.ts";
import type { Fetched } from "./job.ts";
import { outcomeOf } from "./outcome.ts";
import { readRows } from "./row.ts";
import { endRun, workOf } from "./run.ts";

type Receiving = readonly [queue: string, fetch: Call, carrierOf: (job: Fetched) => unknown];

/** `Telemetry#receive`: an app that fetches a job itself begins to work at it. */
export const fetching = (prototype: unknown, jobs: Jobs): Tap =>
  tap<object, Receiving>(prototype, "receive", (telemetry, [queue, fetch, carrierOf]) => {
    const entered = enteredOf(telemetry);
    if (entered === undefined || isInternal(queue) || typeof fetch !== "function") return undefined;
    const { manager } = entered;
    const instance = instanceOf(telemetry);
    const begin = (list: unknown): void => {
      if (jobs.ignores(kindOf(manager, queue))) return;
      for (const job of list as readonly Fetched[]) {
        const held: Held = { queue, job, by: "app" };
        jobs.run([workOf(held, manager, instance, carrierOf)], { outcome: "later" });
        look(held, { instance, manager, jobs }, job.expireInSeconds * 1000);
      }
    };
    return { args: [queue, jobs.surround(fetch, "fetch", () => ({ returned: begin })), carrierOf] };
  });

interface Looking {
  readonly instance: Instance;
  readonly manager: Manager;
  readonly jobs: Jobs;
}

/** How long to wait before an expired job is looked at again, in milliseconds: at first, and at the most. */
const roundMs = { first: 1000, most: 60_000 };

/** An app may forget a job that it fetched. Its time is limited, and its row tells when pg-boss has taken it back. */
function look(held: Held, looking: Looking, afterMs: number, nextMs: number = roundMs.first): void {
  after(afterMs, () => void lookOnce(held, looking, nextMs).catch((error: unknown) => tell("pgboss: expiry", error)));
}

async function lookOnce(held: Held, looking: Looking, nextMs: number): Promise<void> {
  const { instance, manager, jobs } = looking;
  const { queue, job } = held;
  const isOpen = (): boolean => instance.open.get(keyOf(queue, job.id)) === held;
  if (!isOpen()) return;
  const row = (await readRows(jobs, manager, queue, [job.id]))?.get(job.id);
  if (!isOpen()) return;
  if (row === undefined || (row.state === "active" && row.retryCount === job.retryCount))
    return look(held, looking, nextMs, Math.min(nextMs * 2, roundMs.most));
  endRun(held, outcomeOf(row, job.retryCount, { landed: undefined, result: "failure" }), instance, jobs);
}
