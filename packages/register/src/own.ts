import { now } from "@jobtrail/core/event";
import { createRecorder, guard, registered } from "@jobtrail/core/recorder";
import { endpointsIn } from "@jobtrail/delivery";
import type { Chunk, Endpoint, Signal } from "@jobtrail/delivery";
import { otlpSink } from "@jobtrail/otlp/sink";
import type { OtlpSink, Outbox as SinkOutbox } from "@jobtrail/otlp/sink";
import { outboxTo } from "./channel.ts";
import { watchEnds } from "./ends.ts";
import { say } from "./report.ts";
import { resourceAttributes, scope } from "./resource.ts";
import type { Service } from "./service.ts";

/** What sending is started with. */
export interface Wanted {
  readonly env: NodeJS.ProcessEnv;
  readonly signals: readonly Signal[];
  readonly service: Service;
}

/** A sink of our own, for Jobtrail alone: nothing else in the process writes to it, and no SDK is loaded for it. */
export interface Own {
  readonly sink: OtlpSink;
  /** Something is recorded now, here or by the app's own SDK: what began here still ends here. */
  used(): void;
}

/** Starts sending; undefined, and a line that says why, where it cannot. */
export function startOwn({ env, signals, service }: Wanted): Own | undefined {
  const found = endpointsIn(env, signals);
  if (typeof found === "string") {
    say("endpoint", found);
    return undefined;
  }
  for (const warning of found.warnings) say(warning, warning);
  const resource = resourceAttributes(service, env);
  const { traces, logs, metrics } = found.sent;
  const outboxes = {
    traces: traces && outboxTo(traces, { noun: "span" }),
    logs:
      logs &&
      outboxTo(logs, {
        noun: "record",
        lost: (records) => countLost(records),
        report: (records) => guard("reporting lost records", () => reportOf(records, resource, logs)),
      }),
    metrics: metrics && outboxTo(metrics, { noun: "metric" }),
  };
  const sink = otlpSink(outboxes, resource, env);
  const count = sink.metrics?.(scope)("job.log.dropped", {});
  const countLost = (records: number): void => count?.(records);
  watchEnds(
    (["traces", "logs", "metrics"] as const).flatMap((signal) => {
      const [channel, outbox] = [sink.channels[signal], outboxes[signal]];
      return channel === undefined || outbox === undefined ? [] : [{ ...channel, outbox }];
    }),
  );
  return {
    sink,
    used() {
      if (registered("metrics") !== undefined) sink.retireMetrics();
    },
  };
}

/** A record that says how many were lost, alone in its request: whoever loses it knows that it is one. */
function reportOf(lost: number, resource: object, endpoint: Endpoint): Chunk | undefined {
  const sink = otlpSink({ logs: { ...nowhere, endpoint } }, resource, {});
  createRecorder(scope, {}, () => sink).emit({
    name: "job.log.gap",
    seen: now(),
    attributes: { "job.gap.count": lost },
  });
  return sink.channels.logs?.take()[0];
}

/** An outbox from which nothing is sent. */
const nowhere: SinkOutbox = {
  items: 0,
  busy: true,
  put: () => undefined,
  replace: () => undefined,
  drop: () => undefined,
  flush: () => Promise.resolve(false),
  take: () => [],
};
