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

/** Whatever may be told of a few jobs, in any combination, sense or none. */
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
  .map(({ name, time, seen, error, ...told }) => {
    const identity = { system: "made", queue: "mail", id: told.id ?? "", created: told.created };
    const made = told.id !== undefined && told.hasUid ? jobUid(identity) : undefined;
    const all = {
      ...constants,
      "job.id": told.id,
      "job.uid": made,
      "job.run.uid": made !== undefined && told.run !== undefined ? `${made}-${told.run}` : undefined,
      "job.record.source": told.source,
      "log.record.uid": told.record === undefined ? undefined : `r${told.record}`,
      "job.run.result": told.result,
      "job.run.final": told.final,
      "job.state": told.state,
      "job.run.duration": told.duration,
      "job.priority": told.priority,
      "job.worker.name": told.worker,
    };
    return {
      name,
      ...(time !== undefined && { time: after(time) }),
      seen: after(seen),
      attributes: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JobAttributes,
      ...(error !== undefined && { error: { type: error } }),
    };
  });

/** Events, and the same in another order, with some of them told again. */
const retold = (events: fc.Arbitrary<readonly JobEvent[]>): fc.Arbitrary<[readonly JobEvent[], readonly JobEvent[]]> =>
  events.chain((told) =>
    fc.tuple(
      fc.constant(told),
      fc
        .tuple(
          fc.shuffledSubarray([...told], { minLength: told.length }),
          fc.shuffledSubarray([...told]),
          fc.shuffledSubarray([...told]),
        )
        .map((parts) => parts.flat().map((event) => structuredClone(event))),
    ),
  );

it("does not depend on order or repetition, whatever was told", () => {
  fc.assert(
    fc.property(retold(fc.array(anything, { maxLength: 16 })), ([told, again]) => {
      expect(fold(again)).toEqual(fold(told));
    }),
    { numRuns: 400 },
  );
});

it("never ends a run before its start, nor measures less than nothing, whatever was told", () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 16 }), (told) => {
      for (const { start, end, duration } of fold(told).flatMap(({ runs }) => runs)) {
        if (duration !== undefined) expect(duration).toBeGreaterThanOrEqual(0);
        if (start !== undefined && end !== undefined) expect(compareTimes(start, end)).toBeLessThanOrEqual(0);
      }
    }),
    { numRuns: 400 },
  );
});

it("gives each event to one job and each run event to one run, whatever was told", () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 16 }), (told) => {
      const jobs = fold(told);
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

/** What one observer tells of a true story; its clock is off by some milliseconds. */
function observed(story: readonly Went[], source: RecordSource, skew: number, isNamed: boolean): JobEvent[] {
  const told: JobEvent[] = [tell("job.queued", skew, { source })];
  let now = 1;
  for (const [i, { lasts, rests, as }] of story.entries()) {
    const say = (name: EventName, at: number, more: JobAttributes = {}): void => {
      const all = { source, ...more };
      told.push(isNamed ? tellRun(i, name, at + skew, all) : tell(name, at + skew, all));
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
    if (as === "success" && !isLast) told.push(tell("job.restarted", now + 1 + skew, { source }));
    now += rests;
  }
  return told;
}

/** What is the same for all who saw the same. */
const essence = ({ runs, state, result }: Job): unknown => ({
  state,
  result,
  runs: runs.map(({ life, lost, result: each }) => ({ life, lost, result: each })),
});

const skews = fc.integer({ min: -900, max: 900 }).map((ms) => ms / 1000);

it("tells of several observers what one good observer tells, whoever came first and whether or not they can name a run", () => {
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

it("tells each run of a true story as it went", () => {
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
      const told = some.flatMap((source, i) => [
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
      const run = fold(told)[0]?.runs[0];
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

it("lets a real end undo an inferred one, whenever each was told and whoever saw it", () => {
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
      const told = lives.flatMap(({ from, uid: which }) => [
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
      const jobs = fold(told);
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
      const told = more.map(({ name, at, source, isNamed, actor, other }) =>
        (isNamed ? tellRun.bind(undefined, 1) : tell)(name, at, {
          source,
          ...(other !== undefined && name === "job.ended" && { "job.run.result": other }),
          ...(actor !== undefined && name !== "job.queued" && { "job.actor.id": actor }),
        }),
      );
      const [before] = fold(story);
      const [after] = fold([...told, ...story]);
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
    fc.property(fc.array(anything, { maxLength: 12 }), fc.func(fc.boolean()), (told, isReversed) => {
      const mixed = told.map((event, i) => (isReversed(i) ? reversed(event) : event));
      expect(fold([...mixed, ...told])).toEqual(fold(told));
    }),
    { numRuns: 400 },
  );
});
