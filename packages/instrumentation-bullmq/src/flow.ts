import { AsyncLocalStorage } from "node:async_hooks";
import { context, trace } from "@opentelemetry/api";
import { guard } from "@jobtrail/core";
import type { Enqueue, Recorder } from "@jobtrail/core";
import { all, outcome, wrap } from "@jobtrail/instrumentation";
import type { Call, Undo } from "@jobtrail/instrumentation";
import type { FlowJob, FlowProducer, JobNode } from "bullmq";
import { carrying, queuedEvent } from "./enqueue.ts";
import { constantsOf } from "./job.ts";
import type { Place } from "./job.ts";

/** The call that the nodes of a flow are being made for. */
const calls = new AsyncLocalStorage<Enqueue>();

/** Watches flows: one span for the call, and each of its jobs queued when all are stored. */
export function watchFlows(Class: unknown, to: Recorder): Undo {
  const { prototype } = Class as { prototype: unknown };
  return all([
    wrap(prototype, "add", (original) => adding(original, "addFlow", to, (args) => [args[0] as FlowJob])),
    wrap(prototype, "addBulk", (original) => adding(original, "addBulkFlows", to, (args) => args[0] as FlowJob[])),
    wrap(
      prototype,
      "addNode",
      (original) =>
        function (this: unknown, ...args) {
          return original.call(this, guard("bullmq: flow", () => carryingNode(this, args[0])) ?? args[0]);
        },
    ),
  ]);
}

function adding(original: Call, verb: string, to: Recorder, flowsIn: (args: readonly unknown[]) => FlowJob[]): Call {
  return function (this: unknown, ...args) {
    const enqueue = guard(`bullmq: ${verb}`, () => {
      const first = flowsIn(args)[0];
      if (first === undefined) return undefined;
      const own = telemetryOf(this) === undefined ? undefined : trace.getActiveSpan();
      return to.enqueue(to.define(constantsOf(placeOfNode(this as FlowProducer, first))), verb, own);
    });
    const call = (): unknown => original.apply(this, args as unknown[]);
    if (enqueue === undefined) return call();
    const result = context.with(enqueue.context, () => calls.run(enqueue, call));
    return outcome(
      `bullmq: ${verb}`,
      result,
      (nodes) => {
        for (const node of [nodes as JobNode | JobNode[] | undefined].flat())
          if (node !== undefined) queued(enqueue, node, to);
        enqueue.end();
      },
      (thrown) => enqueue.end(to.error(thrown)),
    );
  };
}

/** A job with children waits for them. */
function queued(enqueue: Enqueue, { job, children }: JobNode, to: Recorder): void {
  const event = queuedEvent(job, to);
  const isParent = children !== undefined && children.length > 0;
  enqueue.emit(isParent ? { ...event, attributes: { ...event.attributes, "job.state": "blocked" } } : event);
  for (const child of children ?? []) queued(enqueue, child, to);
}

/** The node with our carrier; the caller's objects are not touched. BullMQ's own telemetry writes its own. */
function carryingNode(producer: unknown, given: unknown): unknown {
  const enqueue = calls.getStore();
  if (enqueue === undefined || telemetryOf(producer) !== undefined) return given;
  const { node } = given as { node: FlowJob };
  const opts = carrying(node.opts, enqueue);
  return opts === node.opts ? given : { ...(given as object), node: { ...node, opts } };
}

const telemetryOf = (producer: unknown): unknown => (producer as { telemetry?: unknown }).telemetry;

/** The place of a flow's first job; a node may name a prefix of its own. */
function placeOfNode(producer: FlowProducer, { queueName, prefix }: FlowJob): Place {
  const { opts } = producer as unknown as { opts: { prefix?: string } };
  return { name: queueName, qualifiedName: `${prefix ?? opts.prefix ?? "bull"}:${queueName}`, opts };
}
