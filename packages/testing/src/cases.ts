import { deepEqual, equal, notDeepEqual, notEqual, ok } from "node:assert/strict";
import { fromIso, secondsBetween } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import type { SpanData } from "@jobtrail/otlp";
import { assertConventional } from "./convention.ts";
import { thrown, variantOf } from "./harness.ts";
import type { Harness, Program } from "./harness.ts";
import { assertLives, lives } from "./lives.ts";
import type { Name, Recording } from "./recording.ts";
import type { Case } from "./table.ts";

/** What a case looks at: a harness, and the recordings that it asks for. */
export interface Look {
  readonly harness: Harness;
  recording(name: Name): Promise<Recording>;
}

/** How a case is checked. */
export interface Check {
  /** The programs that the fixture must have for it. */
  readonly needs: readonly Program[];
  /** @throws Error where the system does not. */
  check(look: Look): Promise<void>;
}

/** How each case is checked; what it asks for, in words, stands in the table. */
export const cases: Readonly<Record<Case, Check>> = {
  order: {
    needs: ["main"],
    async check(look) {
      assertLives(await eventsOf(look, "main"), look.harness);
    },
  },
  identity: {
    needs: ["main"],
    async check(look) {
      const { emitted } = await ended(look, "main");
      assertOneUid(emitted.events());
      assertRuns(emitted.events(), emitted.spans());
      if (look.harness.programs.includes("ask")) assertOneUid(await eventsOf(look, "across"));
    },
  },
  context: {
    needs: ["ask", "work"],
    async check(look) {
      const { emitted } = await ended(look, "across");
      const [life = []] = lives(emitted.events(), "across");
      const queued = one(life, "job.queued");
      const producer = spanOf(queued, emitted.spans());
      const run = spanOf(one(life, "job.run.started"), emitted.spans());
      one(life, "job.run.ended");
      equal(producer.kind, "producer");
      equal(run.parentSpanId, undefined, "the run's span has a parent");
      notEqual(run.traceId, producer.traceId);
      notDeepEqual(run.resource, producer.resource);
      const { traceId, spanId } = producer;
      deepEqual(linksOf(run, "producer"), [{ traceId, spanId }]);
    },
  },
  retries: {
    needs: ["main"],
    async check(look) {
      const { emitted } = await ended(look, "main");
      const [life = []] = lives(emitted.events(), "retry");
      const [first, second, ...more] = named(life, "job.run.started");
      deepEqual(more, []);
      deepEqual(pick(first, "job.run.number", "job.run.attempt"), [1, 1]);
      deepEqual(pick(second, "job.run.number", "job.run.attempt"), [2, 2]);
      notEqual(first?.attributes["job.run.uid"], second?.attributes["job.run.uid"]);
      deepEqual(
        named(life, "job.run.ended").map((each) => pick(each, "job.run.result", "job.run.final")),
        [
          ["failure", false],
          ["success", true],
        ],
      );
      const scheduled = one(life, "job.retry_scheduled");
      deepEqual(pick(scheduled, "job.retry.attempt"), [2]);
      const wait = secondsBetween(timeOf(scheduled, "job.available_at"), second?.time ?? [0, 0]);
      // If the system does not give the time, it is read a moment after the system stored it.
      ok(wait > -0.1 && wait < 30, `the next run began ${wait} s after the recorded time`);
      const { traceId, spanId } = spanOf(first, emitted.spans());
      deepEqual(linksOf(spanOf(second, emitted.spans()), "previous_run"), [{ traceId, spanId }]);
    },
  },
  failure: {
    needs: ["main"],
    async check(look) {
      const { emitted } = await ended(look, "main");
      const said = (name: string): unknown[] =>
        lives(emitted.events(), name)
          .flat()
          .flatMap(({ error }) => (error === undefined ? [] : [{ type: error.type, message: error.message }]));
      deepEqual(said("succeed"), []);
      deepEqual(said("fail"), [thrown.fail]);
      if (variantOf(look.harness).sees.includes("job.retry_scheduled")) deepEqual(said("retry"), [thrown.retry]);
      const [life = []] = lives(emitted.events(), "fail");
      const span = spanOf(one(life, "job.run.ended"), emitted.spans());
      deepEqual([span.status.code, span.attributes["error.type"]], ["error", thrown.fail.type]);
    },
  },
  subscriber: {
    needs: ["main"],
    async check(look) {
      const bare = await ended(look, "bare");
      const hooks = await ended(look, "hooks");
      deepEqual(linesOf(hooks), linesOf(bare));
      ok(reportOf(hooks).threw > 0, "no hook was called");
      assertLives(hooks.emitted.events(), look.harness);
      const processors = await ended(look, "processors");
      deepEqual(linesOf(processors), linesOf(bare));
      ok(reportOf(processors).threw > 0, "no processor was called");
    },
  },
  undo: {
    needs: ["main"],
    async check(look) {
      const { patched, left } = reportOf(await ended(look, "main"));
      notDeepEqual(patched, [], "nothing was patched");
      deepEqual(left, []);
    },
  },
  twice: {
    needs: ["main"],
    async check(look) {
      const twice = await ended(look, "twice");
      assertLives(twice.emitted.events(), look.harness);
      assertRuns(twice.emitted.events(), twice.emitted.spans());
      deepEqual(reportOf(twice).left, []);
    },
  },
  "no-sdk": {
    needs: ["main"],
    async check(look) {
      const without = await ended(look, "withoutSdk");
      deepEqual(linesOf(without), linesOf(await ended(look, "bare")));
      notDeepEqual(reportOf(without).patched, [], "nothing was patched");
      deepEqual(reportOf(without).diagErrors, []);
      const { emitted } = without;
      deepEqual([...emitted.records(), ...emitted.spans(), ...(await emitted.points())], []);
    },
  },
  absent: {
    needs: [],
    async check(look) {
      const absent = await ended(look, "absent");
      const modules = new Set(look.harness.system.variants.map(({ module }) => module));
      deepEqual(
        linesOf(absent),
        [...modules].map((module) => `${module} ERR_MODULE_NOT_FOUND`),
      );
      const { patched, diagErrors } = reportOf(absent);
      deepEqual({ patched, diagErrors }, { patched: [], diagErrors: [] });
    },
  },
  names: {
    needs: ["main"],
    async check(look) {
      await assertConventional((await ended(look, "main")).emitted);
      for (const name of others(look.harness)) await assertConventional((await ended(look, name)).emitted);
    },
  },
  sees: {
    needs: ["main", "rest"],
    async check(look) {
      const seen = await eventsOf(look, "main");
      const more = await Promise.all(others(look.harness).map((name) => eventsOf(look, name)));
      const names = new Set([...seen, ...more.flat()].map(({ name }) => name));
      deepEqual([...names].sort(), [...variantOf(look.harness).sees].sort());
    },
  },
  killed: {
    needs: ["hang", "recover"],
    async check(look) {
      const events = await eventsOf(look, "killed");
      const [life = []] = lives(events, "hang");
      const [first, second, ...more] = named(life, "job.run.started").map((each) => pick(each, "job.run.uid")[0]);
      deepEqual(more, []);
      const jobs = fold(events).filter(({ uid }) => uid === life[0]?.attributes["job.uid"]);
      deepEqual(
        jobs.map(({ state, result, runs }) => ({
          state,
          result,
          runs: runs.map((run) => [run.uid, run.lost, run.ended?.attributes["job.run.result"]]),
        })),
        [
          {
            state: "completed",
            result: "success",
            runs: [
              [first, true, undefined],
              [second, undefined, "success"],
            ],
          },
        ],
      );
    },
  },
  host: {
    needs: ["main"],
    async check(look) {
      const main = await ended(look, "main");
      const lines = linesOf(main);
      notDeepEqual(lines, [], "the host printed nothing");
      deepEqual(lines, linesOf(await ended(look, "bare")));
      deepEqual(reportOf(main).diagErrors, [], "Jobtrail failed, and a guard kept the error from the host");
    },
  },
  propagation: {
    needs: ["store"],
    async check(look) {
      const stored = await ended(look, "stored");
      notDeepEqual(linesOf(stored), [], "the host printed nothing");
      deepEqual(linesOf(stored), linesOf(await ended(look, "storedBare")));
      notDeepEqual(stored.emitted.records(), [], "nothing was watched");
    },
  },
};

/** A recording all of whose processes came to their own end, but for the one that was to be killed. */
async function ended(look: Look, name: Name): Promise<Recording> {
  const made = await look.recording(name);
  made.processes.forEach(({ with: end, errors }, index) => {
    equal(end, name === "killed" && index === 0 ? "SIGKILL" : 0, `a process ended with ${end}: ${errors}`);
  });
  return made;
}

const eventsOf = async (look: Look, name: Name): Promise<readonly JobEvent[]> =>
  (await ended(look, name)).emitted.events();

const linesOf = ({ processes }: Recording): readonly string[] => processes.flatMap(({ lines }) => lines);

function reportOf({ processes }: Recording): NonNullable<Recording["processes"][number]["report"]> {
  const report = processes.at(-1)?.report;
  ok(report !== undefined, "the program did not end by itself, so that there is no report");
  return report;
}

/** The recordings besides `main` that the fixture has programs for. */
const others = ({ programs }: Harness): Name[] => [
  ...(programs.includes("ask") ? (["across"] as const) : []),
  ...(programs.includes("rest") ? (["rest"] as const) : []),
  ...(programs.includes("hang") ? (["killed"] as const) : []),
];

const named = (life: readonly JobEvent[], name: string): JobEvent[] => life.filter((event) => event.name === name);

function one(life: readonly JobEvent[], name: string): JobEvent {
  const [found, ...more] = named(life, name);
  ok(found !== undefined && more.length === 0, `expected one ${name}; found ${more.length + (found ? 1 : 0)}`);
  return found;
}

const pick = (event: JobEvent | undefined, ...keys: (keyof JobEvent["attributes"])[]): unknown[] =>
  keys.map((key) => event?.attributes[key]);

function timeOf({ attributes }: JobEvent, key: "job.available_at"): HrTime {
  const time = fromIso(attributes[key] ?? "");
  ok(time !== undefined, `${key} is ${attributes[key]}`);
  return time;
}

/** The span that an event belongs to. */
function spanOf(event: JobEvent | undefined, spans: readonly SpanData[]): SpanData {
  const found = spans.find(({ spanId }) => spanId === event?.span?.spanId);
  ok(found !== undefined, `no span has ended for ${event?.name ?? "an event that is missing"}`);
  return found;
}

const linksOf = ({ links }: SpanData, type: string): unknown[] =>
  links
    .filter(({ attributes }) => attributes["job.link.type"] === type)
    .map(({ traceId, spanId }) => ({ traceId, spanId }));

/** One uid for each id in a queue, and one id for each uid. */
function assertOneUid(events: readonly JobEvent[]): void {
  const ofJobs = events.filter(({ attributes }) => attributes["job.id"] !== undefined);
  const pairs = new Set(ofJobs.map((event) => JSON.stringify(pick(event, "job.queue.name", "job.id", "job.uid"))));
  const uids = new Set(ofJobs.map(({ attributes }) => attributes["job.uid"]));
  ok(!uids.has(undefined), "an event of a job has no uid");
  const ids = new Set(ofJobs.map((event) => JSON.stringify(pick(event, "job.queue.name", "job.id"))));
  deepEqual({ pairs: pairs.size, uids: uids.size }, { pairs: ids.size, uids: ids.size });
}

/** Each run is started once and ended once, under its own uid, and its span and its records agree. */
function assertRuns(events: readonly JobEvent[], spans: readonly SpanData[]): void {
  const uidsOf = (name: string): unknown[] => named(events, name).map(({ attributes }) => attributes["job.run.uid"]);
  const started = uidsOf("job.run.started");
  const over = uidsOf("job.run.ended");
  ok(started.length > 0 && !started.includes(undefined), "a run has no uid");
  equal(new Set(started).size, started.length, "a run was started twice, or two runs have one uid");
  equal(new Set(over).size, over.length, "a run ended twice");
  deepEqual(new Set(over), new Set(started));
  for (const event of named(events, "job.run.started")) {
    const { attributes } = spanOf(event, spans);
    deepEqual([attributes["job.uid"], attributes["job.run.uid"]], pick(event, "job.uid", "job.run.uid"));
  }
  const ofRuns = spans.filter(({ attributes }) => attributes["job.run.uid"] !== undefined);
  equal(ofRuns.length, started.length, "there is not one span for each run");
}
