import type { SpanContext } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { expect, it } from "vitest";
import { happened, mail, recording } from "../../test/memory.ts";
import type { Carrier } from "./carrier.ts";
import type { RecorderOptions } from "./options.ts";

/** The span of a run that waited so many seconds, and the span that queued its job. */
function queuedAndRun(
  options: RecorderOptions,
  wait = 1,
): { readonly sender: SpanContext; readonly run: ReadableSpan } {
  const { recorder, spans } = recording(options);
  const definition = recorder.define(mail);
  const enqueue = recorder.enqueue(definition, "add");
  enqueue.end();
  const run = recorder.start(definition, happened("job.run.started", { "job.run.wait": wait }), {
    from: enqueue.carrier,
  });
  run.end(happened("job.run.ended"));
  const [sent, made] = spans();
  if (sent === undefined || made === undefined) throw new Error("A span is missing.");
  return { sender: sent.spanContext(), run: made };
}

/** What stands between the two. */
function between(options: RecorderOptions, wait?: number): unknown {
  const { sender, run } = queuedAndRun(options, wait);
  return {
    parent: run.parentSpanContext?.spanId === sender.spanId,
    trace: run.spanContext().traceId === sender.traceId,
    links: run.links.map(({ context, attributes }) => [
      context.spanId === sender.spanId,
      attributes?.["job.link.type"],
    ]),
  };
}

const linked = { parent: false, trace: false, links: [[true, "producer"]] };
const child = { parent: true, trace: true, links: [] };
const alone = { parent: false, trace: false, links: [] };

it("links a run to the span that queued its job, in a trace of its own", () => {
  expect(between({})).toEqual(linked);
});

it("makes a run a child of the span that queued its job where that is asked for", () => {
  expect(between({ relationship: "parent" })).toEqual(child);
});

it("keeps a run apart where that is asked for", () => {
  expect(between({ relationship: "none" })).toEqual(alone);
});

it("links a run that waited too long to be a child", () => {
  expect(between({ relationship: "parent", parentMaxWait: 2000 }, 2)).toEqual(child);
  expect(between({ relationship: "parent", parentMaxWait: 2000 }, 2.1)).toEqual(linked);
});

it("asks a function for each run, and links where it throws", () => {
  const asked: unknown[] = [];
  const relationship: RecorderOptions["relationship"] = ({ attributes }) => {
    asked.push(attributes["job.name"]);
    return "none";
  };
  expect(between({ relationship })).toEqual(alone);
  expect(asked).toEqual(["welcome"]);
  expect(
    between({
      relationship: () => {
        throw new Error("no idea");
      },
    }),
  ).toEqual(linked);
});

it("links a run to the run before it, in any relationship, until the job is over", () => {
  for (const relationship of ["link", "parent", "none"] as const) {
    const { recorder, spans } = recording({ relationship });
    const definition = recorder.define(mail);
    for (const final of [false, true, false])
      recorder
        .start(definition, happened("job.run.started"))
        .end(happened("job.run.ended", { "job.run.final": final }));
    const [first, second, third] = spans();
    expect(second?.links).toMatchObject([
      { context: { spanId: first?.spanContext().spanId }, attributes: { "job.link.type": "previous_run" } },
    ]);
    expect(third?.links).toEqual([]);
  }
});

it("remembers the last thousand jobs that may be tried again, and no more", () => {
  const { recorder, spans } = recording();
  const definition = recorder.define(mail);
  const runOf = (job: string): void =>
    recorder
      .start(definition, happened("job.run.started", { "job.uid": job }))
      .end(happened("job.run.ended", { "job.run.final": false }));
  for (let i = 0; i < 1025; i++) runOf(`j${i}`);
  runOf("j1");
  runOf("j0");
  expect(
    spans()
      .slice(-2)
      .map(({ links }) => links.length),
  ).toEqual([1, 0]);
});

it("does not link to what a carrier cannot name", () => {
  const carriers: Carrier[] = [
    {},
    { traceparent: "nonsense" },
    { traceparent: `00-${"0".repeat(32)}-${"0".repeat(16)}-01` },
    { traceparent: `00-${"a".repeat(32)}-${"0".repeat(16)}-01` },
  ];
  for (const from of carriers) {
    const { recorder, spans } = recording({ relationship: "parent" });
    recorder.start(recorder.define(mail), happened("job.run.started"), { from }).end(happened("job.run.ended"));
    expect(spans()[0]).toMatchObject({ parentSpanContext: undefined, links: [] });
  }
});
