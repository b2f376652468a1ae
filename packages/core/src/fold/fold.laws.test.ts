import fc from "fast-check";
import { events as registry } from "@jobtrail/conventions";
import type { EventName, JobAttributes, JobState, RecordSource, RunResult } from "@jobtrail/conventions";
import { attributes as attributeRegistry } from "@jobtrail/conventions";
import { expect, it } from "vitest";
import { after, constants, nameless, tell, tellRun, uid } from "../../test/story.ts";
import type { JobEvent } from "../event/event.ts";
import { fold } from "./fold.ts";
import type { Job } from "./fold.ts";
import { jobUid } from "../event/identity.ts";
import { compareTimes } from "../event/time.ts";

const oneOf = (key: string): readonly string[] => attributeRegistry[key]?.values ?? [];
const sources = oneOf("job.record.source") as readonly RecordSource[];
const results = oneOf("job.run.result") as readonly RunResult[];
const states = oneOf("job.state") as readonly JobState[];
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });

/** Any events of a few jobs, in any combination, possible or not. */
const anything: fc.Arbitrary<JobEvent> = fc
  .record({
    name: fc.constantFrom(...(Object.keys(registry) as EventName[])),
    id: maybe(fc.constantFrom("1", "2")),
    created: fc.constantFrom(undefined, 0, 30),
    hasUid: fc.boolean(),
    run: maybe(fc.constantFrom("a", "b", "c")),
    time: maybe(fc.integer({ min: 0, max: 60 })),
    seen: fc.integer({ min: 0, max: 60 }),
    source: maybe(fc.constantFrom(...sources)),
    record: maybe(fc.integer({ min: 0, max: 30 })),
    result: maybe(fc.constantFrom(...results)),
    final: maybe(fc.boolean()),
    state: maybe(fc.constantFrom(...states)),
    duration: maybe(fc.double()),
    priority: maybe(fc.integer({ min: 1, max: 3 })),
    worker: maybe(fc.constantFrom("w1", "w2")),
    error: maybe(fc.constantFrom("a", "b")),
  })
  .map(({ name, time, seen, error, ...rest }) => {
    const identity = { system: "made", queue: "mail", id: rest.id ?? "", created: rest.created };
    const made = rest.id !== undefined && rest.hasUid ? jobUid(identity) : undefined;
    const all = {
      ...constants,
      "job.id": rest.id,
      "job.uid": made,
      "job.run.uid": made !== undefined && rest.run !== undefined ? `${made}-${rest.run}` : undefined,
      "job.record.source": rest.source,
      "log.record.uid": rest.record === undefined ? undefined : `r${rest.record}`,
      "job.run.result": rest.result,
      "job.run.final": rest.final,
      "job.state": rest.state,
      "job.run.duration": rest.duration,
      "job.priority": rest.priority,
      "job.worker.name": rest.worker,
    };
    return {
      name,
      ...(time !== undefined && { time: after(time) }),
      seen: after(seen),
      attributes: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JobAttributes,
      ...(error !== undefined && { error: { type: error } }),
    };
  });

/** Events, and the same in another order with some of them repeated. */
const repeated = (all: fc.Arbitrary<readonly JobEvent[]>): fc.Arbitrary<[readonly JobEvent[], readonly JobEvent[]]> =>
  all.chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc
        .tuple(
          fc.shuffledSubarray([...events], { minLength: events.length }),
          fc.shuffledSubarray([...events]),
          fc.shuffledSubarray([...events]),
        )
        .map((parts) => parts.flat().map((event) => structuredClone(event))),
    ),
  );

it("does not depend on the order of events or on repetition", () => {
  fc.assert(
    fc.property(repeated(fc.array(anything, { maxLength: 16 })), ([events, again]) => {
      expect(fold(again)).toEqual(fold(events));
    }),
    { numRuns: 400 },
  );
});

it("never ends a run before its start, and never gives a negative duration", () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 16 }), (events) => {
      for (const { start, end, duration } of fold(events).flatMap(({ runs }) => runs)) {
        if (duration !== undefined) expect(duration).toBeGreaterThanOrEqual(0);
        if (start !== undefined && end !== undefined) expect(compareTimes(start, end)).toBeLessThanOrEqual(0);
      }
    }),
    { numRuns: 400 },
  );
});

it("gives each event to one job, and each event of a run to one run", () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 16 }), (events) => {
      const jobs = fold(events);
      const uids = jobs.map((job) => job.uid);
      expect(new Set(uids).size).toBe(uids.length);
      for (const { runs, uid: which } of jobs) {
        const named = runs.flatMap((run) => run.uid ?? []);
        expect(new Set(named).size).toBe(named.length);
        expect(runs.every((run) => run.attributes["job.uid"] === which)).toBe(true);
        expect(runs.map(({ life }) => life)).toEqual(runs.map(({ life }) => life).sort((a, b) => a - b));
      }
    }),
    { numRuns: 400 },
  );
});

/** How one run of a true story went. */
interface Went {
  readonly lasts: number;
  readonly rests: number;
  readonly as: "success" | "failure" | "deferred" | "death";
}

const went: fc.Arbitrary<Went> = fc.record({
  lasts: fc.integer({ min: 5, max: 90 }),
  rests: fc.integer({ min: 5, max: 90 }),
  as: fc.constantFrom("success", "failure", "deferred", "death"),
});

/** What one observer reports of a real course of events; its clock is off by some milliseconds. */
function observed(story: readonly Went[], source: RecordSource, skew: number, isNamed: boolean): JobEvent[] {
  const events: JobEvent[] = [tell("job.queued", skew, { source })];
  let now = 1;
  for (const [i, { lasts, rests, as }] of story.entries()) {
    const say = (name: EventName, at: number, more: JobAttributes = {}): void => {
      const all = { source, ...more };
      events.push(isNamed ? tellRun(i, name, at + skew, all) : tell(name, at + skew, all));
    };
    const isLast = i === story.length - 1;
    say("job.run.started", now);
    now += lasts;
    if (as !== "death")
      say("job.run.ended", now, {
        "job.run.result": as,
        "job.run.final": as === "success" || (isLast && as === "failure"),
      });
    if (as === "failure" && !isLast) say("job.retry_scheduled", now);
    if (as === "success" && !isLast) events.push(tell("job.restarted", now + 1 + skew, { source }));
    now += rests;
  }
  return events;
}

/** What is the same for all who saw the same. */
const essence = ({ runs, state, result }: Job): unknown => ({
  state,
  result,
  runs: runs.map(({ life, lost, result: each }) => ({ life, lost, result: each })),
});

const skews = fc.integer({ min: -900, max: 900 }).map((ms) => ms / 1000);

it("gives the same job for several observers as for one, in any order and whether or not they can name a run", () => {
  const observers = fc.array(
    fc.record({ source: fc.constantFrom(...sources.slice(1, 6)), skew: skews, isNamed: fc.boolean() }),
    { maxLength: 3 },
  );
  const stories = fc.array(went, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(stories, observers, fc.boolean(), fc.integer(), (story, others, isNamed, seed) => {
      const hooks = observed(story, "hook", 0, isNamed);
      const all = [
        ...hooks,
        ...others.flatMap(({ source, skew, isNamed: can }) => observed(story, source, skew, isNamed && can)),
      ];
      const [mixed] = fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), { numRuns: 1, seed });
      const [alone] = fold(hooks);
      const [together, ...more] = fold(mixed ?? []);
      expect(more).toEqual([]);
      expect(together === undefined ? undefined : essence(together)).toEqual(alone && essence(alone));
      expect(together?.runs.map(({ start, end }) => [start, end])).toEqual(
        alone?.runs.map(({ start, end }) => [start, end]),
      );
    }),
    { numRuns: 400 },
  );
});

it("gives each run of a real course of events as it happened", () => {
  fc.assert(
    fc.property(fc.array(went, { minLength: 1, maxLength: 6 }), fc.boolean(), (story, isNamed) => {
      const [job] = fold(observed(story, "hook", 0, isNamed));
      const lives = story.map((_, i) => 1 + story.slice(0, i).filter(({ as }) => as === "success").length);
      expect(job?.runs.map(({ life, result, lost, duration }) => ({ life, result, lost, duration }))).toEqual(
        story.map(({ as, lasts }, i) => ({
          life: lives[i],
          result: as === "death" ? undefined : as,
          lost: as === "death" && lives[i] === lives[i + 1] ? true : undefined,
          duration: as === "death" ? undefined : lasts,
        })),
      );
    }),
    { numRuns: 400 },
  );
});

it("prefers the better source for every field", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...sources], { minLength: 2 }), skews, (some, skew) => {
      const events = some.flatMap((source, i) => [
        tellRun(1, "job.run.started", 10 + i * skew, { source, "job.worker.name": source }),
        tellRun(
          1,
          "job.run.ended",
          20 + i * skew,
          { source, "job.run.result": "success" },
          { error: { type: source } },
        ),
      ]);
      const rank = (source: RecordSource): number =>
        ["hook", "stream poll webhook", "import", "reconciliation", "inferred"].findIndex((each) =>
          each.includes(source),
        );
      const top = Math.min(...some.map(rank));
      const run = fold(events)[0]?.runs[0];
      const from = [
        run?.attributes["job.worker.name"],
        run?.error?.type,
        run?.started?.attributes["job.record.source"],
      ];
      expect(from.map((source) => rank(source as RecordSource))).toEqual([top, top, top]);
      expect(run?.error).toBe(run?.ended?.error);
    }),
  );
});

it("lets a real end replace an inferred one, in any order and from any observer", () => {
  const real = fc.record({
    source: fc.constantFrom(...sources.filter((source) => source !== "inferred")),
    at: fc.integer({ min: 1, max: 500 }),
    isNamed: fc.boolean(),
    result: fc.constantFrom(...results),
  });
  fc.assert(
    fc.property(
      real,
      fc.integer({ min: 1, max: 500 }),
      fc.boolean(),
      ({ source, at, isNamed, result }, guess, wasFirst) => {
        const started = tellRun(1, "job.run.started", 0);
        const inferred = tellRun(
          1,
          "job.run.ended",
          guess,
          { source: "inferred", "job.run.result": "error", "job.run.final": true },
          { error: { type: "worker_lost" } },
        );
        const attributes = { source, "job.run.result": result };
        const ended = isNamed ? tellRun(1, "job.run.ended", at, attributes) : tell("job.run.ended", at, attributes);
        const [job] = fold(wasFirst ? [ended, inferred, started] : [inferred, started, ended]);
        const without = fold([started, ended])[0];
        expect(job).toEqual({ ...without, last: after(Math.max(guess, at)) });
        expect(fold([started, inferred])[0]?.runs[0]).toMatchObject({ lost: true, error: { type: "worker_lost" } });
      },
    ),
  );
});

it("finds the job of what names none, and keeps jobs apart that had the same id one after the other", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 10, max: 100 }), { minLength: 1, maxLength: 4 }), skews, (gaps, skew) => {
      let now = 0;
      const lives = gaps.map((gap) => ({
        from: (now += gap),
        uid: jobUid({ system: "made", queue: "mail", id: "7", created: now }),
      }));
      const events = lives.flatMap(({ from, uid: which }) => [
        tell("job.queued", from, { "job.uid": which }),
        nameless(tell("job.run.started", from + 1 + skew, { source: "stream" })),
        nameless(
          tell("job.run.ended", from + 4 + skew, {
            source: "stream",
            "job.run.result": "success",
            "job.run.final": true,
          }),
        ),
      ]);
      const jobs = fold(events);
      expect(jobs.map((job) => [job.uid, job.runs.length, job.state])).toEqual(
        lives.map((each) => [each.uid, 1, "completed"]),
      );
      expect(jobs.some((job) => job.uid === uid)).toBe(false);
    }),
  );
});

it("takes nothing from an outcome by what is reported after it: removal, stall, retry, sign of life, an end without a result", () => {
  const names = [
    "job.removed",
    "job.stalled",
    "job.retry_scheduled",
    "job.run.progress",
    "job.run.heartbeat",
    "job.deduplicated",
    "job.queued",
    "job.ended",
    "job.run.ended",
  ] as const;
  const later = fc.record({
    name: fc.constantFrom(...names),
    at: fc.integer({ min: 20, max: 500 }),
    source: fc.constantFrom(...sources),
    isNamed: fc.boolean(),
    actor: maybe(fc.constantFrom("ann", "ben")),
    other: maybe(fc.constantFrom(...results)),
  });
  const outcomes = fc.constantFrom(...results.filter((result) => result !== "deferred"));
  fc.assert(
    fc.property(outcomes, fc.array(later, { maxLength: 8 }), (result, more) => {
      const error = result === "success" ? {} : { error: { type: "E" } };
      const story = [
        tell("job.queued", 0, { "job.actor.id": "zoe" }),
        tellRun(1, "job.run.started", 1),
        tellRun(1, "job.run.ended", 10, { "job.run.result": result, "job.run.final": true }, error),
      ];
      const events = more.map(({ name, at, source, isNamed, actor, other }) =>
        (isNamed ? tellRun.bind(undefined, 1) : tell)(name, at, {
          source,
          ...(other !== undefined && name === "job.ended" && { "job.run.result": other }),
          ...(actor !== undefined && name !== "job.queued" && { "job.actor.id": actor }),
        }),
      );
      const [before] = fold(story);
      const [after] = fold([...events, ...story]);
      const outcome = (job: Job | undefined): unknown => [
        job?.result,
        job?.error,
        job?.runs.map(({ start, end, result: each, error: why, duration }) => ({ start, end, each, why, duration })),
      ];
      expect(outcome(after)).toEqual(outcome(before));
      expect(after?.state).toBe(more.some(({ name }) => name === "job.removed") ? "removed" : before?.state);
    }),
    { numRuns: 1000 },
  );
});

it("does not depend on the order in which an event's keys were set", () => {
  const reversed = (event: JobEvent): JobEvent =>
    Object.fromEntries(
      Object.entries({
        ...event,
        attributes: Object.fromEntries(Object.entries(event.attributes).reverse()),
      }).reverse(),
    ) as unknown as JobEvent;
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 12 }), fc.func(fc.boolean()), (events, isReversed) => {
      const mixed = events.map((event, i) => (isReversed(i) ? reversed(event) : event));
      expect(fold([...mixed, ...events])).toEqual(fold(events));
    }),
    { numRuns: 400 },
  );
});
