import { AsyncLocalStorage } from "node:async_hooks";
import { guard } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";

import { all, wrap } from "@jobtrail/instrumentation/adapter";
import type { Call, Undo } from "@jobtrail/instrumentation/adapter";
import type { FlowJob, Job } from "bullmq";
import { ask, asking } from "./asking.ts";
import type { Asking } from "./asking.ts";
import { carrying } from "./carrier.ts";
import { constantsOf } from "./job.ts";
import type { Place } from "./job.ts";
import { queued } from "./queued.ts";
import type { Made } from "./queued.ts";

/** A call for flows, with the jobs that it has made. */
interface FlowCall extends Asking {
  readonly made: Made[];
}

/** The call that the jobs of a flow are being made for. */
const calls = new AsyncLocalStorage<FlowCall>();

/** Watches flows: one span for the call, and each of its jobs queued when all are stored. */
export function watchFlows(Class: unknown, to: Recorder): Undo {
  const { prototype } = Class as { prototype: unknown };
  return all([
    wrap(prototype, "add", (original) => adding(original, "addFlow", to, ([flow]) => flow as FlowJob)),
    wrap(prototype, "addBulk", (original) =>
      adding(original, "addBulkFlows", to, ([flows]) => (flows as FlowJob[])[0]),
    ),
  ]);
}

function adding(
  original: Call,
  verb: string,
  to: Recorder,
  firstOf: (args: readonly unknown[]) => FlowJob | undefined,
): Call {
  return function (this: unknown, ...args) {
    const call = (): unknown => original.apply(this, args as unknown[]);
    const open = guard(`bullmq: ${verb}`, (): FlowCall | undefined => {
      const first = firstOf(args);
      if (first === undefined) return undefined;
      const place = placeOfFlow(this as Producer, first);
      return { ...asking(to, to.define(constantsOf(place)), verb, place.opts?.telemetry !== undefined), made: [] };
    });
    if (open === undefined) return call();
    return ask(
      open,
      to,
      () => calls.run(open, call),
      () => queued(open.made, to),
    );
  };
}

/** Watches `Job#toFlowEntry`, by which each job of a flow is handed over to be stored. */
export const watchFlowJobs = (Class: unknown): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    "toFlowEntry",
    (original) =>
      function (this: unknown, ...args) {
        const call = calls.getStore();
        const [parent] = args as [{ readonly addToWaitingChildren?: boolean } | undefined];
        const blocked = parent?.addToWaitingChildren === true;
        if (call !== undefined) guard("bullmq: flow", () => carry(this as Job, call, blocked));
        return original.apply(this, args as unknown[]);
      },
  );

/** The job's options are an object of its own by now. */
function carry(job: Job, call: FlowCall, blocked: boolean): void {
  const by = call.now();
  job.opts = carrying(job.opts, by.carrier, blocked) ?? job.opts;
  call.made.push({ job, by, blocked });
}

/** What of a flow producer says where its jobs go. */
interface Producer extends Pick<Place, "backend"> {
  readonly opts: NonNullable<Place["opts"]> & { readonly prefix?: string };
}

/** The place of a flow's first job; a node may name a prefix of its own. */
const placeOfFlow = ({ opts, backend }: Producer, { queueName, prefix = opts.prefix ?? "bull" }: FlowJob): Place => ({
  name: queueName,
  qualifiedName: `${prefix}:${queueName}`,
  opts,
  backend,
});
