import { expect, it } from "vitest";
import { after, nameless, tell, tellRun, uid } from "../../test/story.ts";
import type { JobEvent } from "../event/event.ts";
import { fold } from "./fold.ts";
import type { Job } from "./fold.ts";
import { jobUid } from "../event/identity.ts";

/** The one job that the events describe. */
function jobIn(...story: readonly JobEvent[]): Job {
  const [job, ...others] = fold(story);
  expect(others).toEqual([]);
  if (job === undefined) throw new Error("The story tells of no job.");
  return job;
}

const success = { "job.run.result": "success", "job.run.final": true } as const;
const failure = { "job.run.result": "failure", "job.run.final": false } as const;
const broken = { error: { type: "ETIMEDOUT", message: "no answer" } };
const lost = {
  source: "inferred",
  "job.run.result": "error",
} as const;
const workerLost = { error: { type: "worker_lost" } };

it("follows a job from its queueing to its end", () => {
  const queued = tell("job.queued", 0, { "job.priority": 3, "job.state": "waiting" });
  const started = tellRun(1, "job.run.started", 2, { "job.run.number": 1, "job.worker.name": "w1" });
  const ended = tellRun(1, "job.run.ended", 5, { ...success, "job.counter.emails": 4 });
  const known = {
    "job.system.name": "made",
    "job.queue.name": "mail",
    "job.name": "welcome",
    "job.id": "7",
    "job.uid": uid,
    "job.priority": 3,
  };
  expect(fold([queued, started, ended])).toEqual([
    {
      uid,
      state: "completed",
      result: "success",
      queued: after(0),
      last: after(5),
      attributes: known,
      runs: [
        {
          uid: `${uid}-1`,
          life: 1,
          start: after(2),
          end: after(5),
          result: "success",
          duration: 3,
          attributes: {
            ...known,
            "job.run.uid": `${uid}-1`,
            "job.run.number": 1,
            "job.worker.name": "w1",
            "job.counter.emails": 4,
            ...success,
          },
          started,
          ended,
        },
      ],
    },
  ]);
});

it("is empty without events", () => {
  expect(fold([])).toEqual([]);
});

it("makes no job of what happens to schedules and to the log", () => {
  const schedule = { "job.system.name": "croner", "job.schedule.id": "nightly" };
  const event = (name: JobEvent["name"]): JobEvent => ({ name, time: after(1), seen: after(1), attributes: schedule });
  expect(fold([event("job.schedule.created"), event("job.schedule.missed"), event("job.log.gap")])).toEqual([]);
});

it("keeps the jobs of one batch apart", () => {
  const other = { "job.id": "8", "job.uid": jobUid({ system: "made", queue: "mail", id: "8" }) };
  const jobs = fold([
    tellRun(1, "job.run.started", 1),
    tell("job.run.started", 1, { ...other, "job.run.uid": `${other["job.uid"]}-1` }),
    tellRun(1, "job.run.ended", 2, success),
    tell("job.run.ended", 2, { ...other, "job.run.uid": `${other["job.uid"]}-1`, ...failure }, broken),
  ]);
  expect(jobs.map(({ uid: which, state }) => [which, state])).toEqual([
    [uid, "completed"],
    [other["job.uid"], "retrying"],
  ]);
});

it("gives the state of a job after each event", () => {
  const story = [
    ["waiting", tell("job.queued", 0)],
    ["active", tellRun(1, "job.run.started", 1)],
    ["active", tellRun(1, "job.run.heartbeat", 2)],
    ["suspended", tellRun(1, "job.run.progress", 3, { "job.state": "suspended" })],
    ["stalled", tellRun(1, "job.stalled", 4)],
    ["active", tellRun(2, "job.run.started", 5)],
    ["blocked", tellRun(2, "job.run.ended", 6, { "job.run.result": "deferred", "job.state": "blocked" })],
    ["active", tellRun(3, "job.run.started", 7)],
    ["retrying", tellRun(3, "job.run.ended", 8, failure, broken)],
    ["retrying", tellRun(3, "job.retry_scheduled", 8)],
    ["active", tellRun(4, "job.run.started", 9)],
    ["failed", tellRun(4, "job.run.ended", 10, { ...failure, "job.run.final": true }, broken)],
    ["waiting", tell("job.restarted", 11)],
    ["active", tellRun(5, "job.run.started", 12)],
    ["completed", tellRun(5, "job.run.ended", 13, success)],
    ["removed", tell("job.removed", 14)],
  ] as const;
  const events = story.map(([, event]) => event);
  expect(story.map((_, i) => jobIn(...events.slice(0, i + 1)).state)).toEqual(story.map(([state]) => state));
});

it("says scheduled for a job that was queued for later", () => {
  expect(jobIn(tell("job.queued", 0, { "job.state": "scheduled" })).state).toBe("scheduled");
});

it("waits again after a run that put its job back, and has no result", () => {
  const job = jobIn(tellRun(1, "job.run.started", 1), tellRun(1, "job.run.ended", 2, { "job.run.result": "deferred" }));
  expect([job.state, job.result, job.runs[0]?.result]).toEqual(["waiting", undefined, "deferred"]);
});

it("is stopped where a run ended with an unknown outcome", () => {
  const job = jobIn(tellRun(1, "job.run.started", 1), tellRun(1, "job.run.ended", 2));
  expect([job.state, job.result]).toEqual(["stopped", undefined]);
});

it("ends a job that never ran", () => {
  const job = jobIn(tell("job.queued", 0), tell("job.ended", 9, { "job.run.result": "cancellation" }));
  expect([job.state, job.result, job.runs]).toEqual(["cancelled", "cancellation", []]);
});

it("takes the job's own end over that of its last run", () => {
  const job = jobIn(
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 2, { "job.run.result": "failure" }, broken),
    tell("job.ended", 3, { "job.run.result": "timeout" }, { error: { type: "expired" } }),
  );
  expect([job.state, job.result, job.error]).toEqual(["failed", "timeout", { type: "expired" }]);
});

it("lets a run that starts after the job's end go on", () => {
  const job = jobIn(tell("job.ended", 1, { "job.run.result": "timeout" }), tellRun(1, "job.run.started", 2));
  expect([job.state, job.result]).toEqual(["active", undefined]);
});

it("stands for the job that was not stored, and takes nothing over from it", () => {
  const job = jobIn(
    tell("job.queued", 0, { "job.actor.id": "anna", source: "poll" }),
    tell("job.deduplicated", 1, { "job.actor.id": "ben", "job.deduplication.key": "k" }),
  );
  expect([job.state, job.attributes["job.actor.id"]]).toEqual(["waiting", "anna"]);
});

it("opens a life when a job is restarted after its end, and is unchanged by a second such event", () => {
  const job = jobIn(
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 2, { ...failure, "job.run.final": true }, broken),
    tell("job.restarted", 10),
    tell("job.restarted", 11, { source: "stream" }),
    tellRun(2, "job.run.started", 12),
    tell("job.restarted", 20, { source: "reconciliation" }),
    tellRun(2, "job.run.ended", 30, success),
  );
  expect(job.runs.map(({ life, lost: gone }) => [life, gone])).toEqual([
    [1, undefined],
    [2, undefined],
  ]);
  expect([job.state, job.result, job.error]).toEqual(["completed", "success", undefined]);
});

it("forgets the result of the life before", () => {
  const job = jobIn(
    tellRun(1, "job.run.ended", 2, { ...failure, "job.run.final": true }, broken),
    tell("job.restarted", 10),
  );
  expect([job.state, job.result, job.error]).toEqual(["waiting", undefined, undefined]);
});

it("counts a run into the new life though its worker was faster than the answer to the restart", () => {
  const job = jobIn(
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 2, { ...failure, "job.run.final": true }, broken),
    tellRun(2, "job.run.started", 9.99),
    tellRun(2, "job.run.ended", 9.995, success),
    tell("job.restarted", 10),
  );
  expect([job.state, job.runs.map(({ life }) => life)]).toEqual(["completed", [1, 2]]);
});

it("keeps a job in its life when it is restarted while it is at work", () => {
  const job = jobIn(tellRun(1, "job.run.started", 1), tell("job.restarted", 5), tellRun(2, "job.run.started", 6));
  expect(job.runs.map(({ life, lost: gone }) => [life, gone])).toEqual([
    [1, true],
    [1, undefined],
  ]);
});

it("calls a run lost when a later run of the same life has started, and still when that was written down", () => {
  const story = [tellRun(1, "job.run.started", 1), tellRun(2, "job.run.started", 40)];
  const [first, second] = jobIn(...story).runs;
  expect([first?.lost, first?.end, first?.result, second?.lost]).toEqual([true, undefined, undefined, undefined]);
  const inferred = tellRun(1, "job.run.ended", 40, lost, workerLost);
  const [written] = jobIn(...story, inferred).runs;
  expect([written?.lost, written?.result, written?.error, written?.duration]).toEqual([
    true,
    "error",
    { type: "worker_lost" },
    undefined,
  ]);
});

it("undoes an inferred end by a real one that comes later, and takes the outcome whole from it", () => {
  const job = jobIn(
    tellRun(1, "job.run.started", 1),
    tellRun(2, "job.run.started", 40),
    tellRun(1, "job.run.ended", 40, { ...lost, "job.run.final": false }, workerLost),
    tellRun(1, "job.run.ended", 55, { source: "reconciliation", "job.run.result": "success" }),
  );
  const [first] = job.runs;
  expect(first).toMatchObject({ result: "success", duration: 54, end: after(55) });
  expect([first?.lost, first?.error, first?.attributes["job.run.final"]]).toEqual([undefined, undefined, undefined]);
});

it("is stalled while the end of a job whose worker died is unknown", () => {
  const job = jobIn(tellRun(1, "job.run.started", 1), tellRun(1, "job.run.ended", 200, lost, workerLost));
  expect([job.state, job.result, job.runs[0]?.lost]).toEqual(["stalled", "error", true]);
});

it("takes each field from the best source and the outcome from one record", () => {
  const job = jobIn(
    tellRun(1, "job.run.started", 1.5, { source: "poll", "job.worker.name": "polled", "job.batch.size": 2 }),
    tellRun(1, "job.run.started", 1, { "job.worker.name": "hooked" }),
    tellRun(1, "job.run.ended", 9, { source: "stream", "job.run.result": "error", "job.run.final": true }, broken),
    tellRun(1, "job.run.ended", 8, { "job.run.result": "success" }),
  );
  expect(job.runs).toHaveLength(1);
  expect(job.runs[0]).toMatchObject({
    start: after(1),
    end: after(8),
    duration: 7,
    result: "success",
    attributes: { "job.worker.name": "hooked", "job.batch.size": 2 },
  });
  expect(job.runs[0]?.error).toBeUndefined();
  expect(job.runs[0]?.attributes).not.toHaveProperty("job.run.final");
});

it("prefers a record that knows the result to one that knows none", () => {
  const job = jobIn(
    tellRun(1, "job.run.ended", 8),
    tellRun(1, "job.run.ended", 9, { source: "stream", "job.run.result": "success" }),
  );
  expect([job.result, job.runs[0]?.end]).toEqual(["success", after(9)]);
});

it("takes the first or the last of one source as the registry says", () => {
  const job = jobIn(
    tell("job.queued", 0, { "job.priority": 1, "job.available_at": "2027-01-01T00:00:00.000Z" }),
    tell("job.retry_scheduled", 5, { "job.priority": 2, "job.available_at": "2027-01-02T00:00:00.000Z" }),
  );
  expect(job.attributes).toMatchObject({ "job.priority": 1, "job.available_at": "2027-01-02T00:00:00.000Z" });
});

it("never ends a run before its start, and measures only between two real times", () => {
  const [run] = jobIn(
    tellRun(1, "job.run.started", 10),
    tellRun(1, "job.run.ended", 8, { source: "poll", "job.run.result": "success" }),
  ).runs;
  expect([run?.end, run?.duration]).toEqual([after(10), undefined]);
  const { time: _, ...seenOnly } = tellRun(2, "job.run.ended", 30, success);
  const [open] = jobIn(tellRun(2, "job.run.started", 10), seenOnly).runs;
  expect([open?.end, open?.duration, open?.ended]).toEqual([undefined, undefined, seenOnly]);
});

it("takes a duration that the record of the end says, unless it is no duration", () => {
  const event = (duration: number): JobEvent =>
    tellRun(1, "job.run.ended", 9, { ...success, "job.run.duration": duration });
  expect(jobIn(event(2.5)).runs[0]?.duration).toBe(2.5);
  expect(jobIn(event(-1)).runs[0]?.duration).toBeUndefined();
  expect(jobIn(tellRun(1, "job.run.started", 5), event(Number.NaN)).runs[0]?.duration).toBe(4);
});

it("takes the time of the end from another record where the best has none", () => {
  const { time: _, ...best } = tellRun(1, "job.run.ended", 30, success);
  const polled = tellRun(1, "job.run.ended", 12, { source: "poll", "job.run.result": "failure" }, broken);
  const [run] = jobIn(tellRun(1, "job.run.started", 10), best, polled).runs;
  expect([run?.end, run?.result]).toEqual([after(12), "success"]);
});

it("puts what names no run where it falls", () => {
  const stream = { source: "stream" } as const;
  const job = jobIn(
    tellRun(1, "job.run.started", 1),
    tellRun(1, "job.run.ended", 3, failure, broken),
    tellRun(2, "job.run.started", 9),
    tell("job.run.started", 1.2, stream),
    tell("job.run.progress", 2, { ...stream, "job.progress": 10 }),
    tell("job.retry_scheduled", 3.1, stream),
    tell("job.run.started", 9.1, stream),
    tell("job.run.ended", 12, { ...stream, ...success }),
  );
  expect(job.runs).toMatchObject([
    { start: after(1), end: after(3), result: "failure", attributes: { "job.progress": 10 } },
    { start: after(9), end: after(12), result: "success" },
  ]);
  expect(job.state).toBe("completed");
});

it("counts a stall that arrives after the next start to the run before", () => {
  const job = jobIn(
    tellRun(1, "job.run.started", 1),
    tellRun(2, "job.run.started", 31),
    tell("job.stalled", 31.2, { source: "stream" }),
  );
  expect(job.state).toBe("active");
});

it("distinguishes runs without a number", () => {
  const poll = { source: "poll" } as const;
  const job = jobIn(
    tell("job.run.started", 1, poll),
    tell("job.run.ended", 2, { ...poll, ...failure }, broken),
    tell("job.retry_scheduled", 2, poll),
    tell("job.run.started", 2.5, poll),
    tell("job.stalled", 30, poll),
    tell("job.run.started", 30.1, poll),
    tell("job.run.started", 60, poll),
    tell("job.run.ended", 61, { ...poll, ...success }),
  );
  expect(job.runs.map(({ start, end, lost: gone }) => ({ start, end, lost: gone }))).toEqual([
    { start: after(1), end: after(2), lost: undefined },
    { start: after(2.5), end: undefined, lost: true },
    { start: after(30.1), end: undefined, lost: true },
    { start: after(60), end: after(61), lost: undefined },
  ]);
});

it("makes one run of what two observers saw, though neither could name it", () => {
  const job = jobIn(
    tell("job.run.started", 1),
    tell("job.run.started", 1.4, { source: "stream" }),
    tell("job.run.ended", 2, { ...success, source: "stream" }),
    tell("job.run.ended", 1.9, { source: "poll", "job.run.result": "success" }),
    tell("job.run.started", 1.3, { source: "poll" }),
  );
  expect(job.runs).toMatchObject([{ start: after(1), end: after(2), result: "success" }]);
});

it("gives the same stop and start cycles for two pollers as for one", () => {
  const cycles = [0, 100, 200, 300];
  const poller = (late: number): JobEvent[] =>
    cycles.flatMap((from, i) => [
      ...(i === 0 ? [] : [tell("job.restarted", from, { source: "poll" }, { seen: after(from + late) })]),
      tell("job.run.started", from, { source: "poll" }, { seen: after(from + late) }),
      stopped(from + 50 + late),
    ]);
  const stopped = (seen: number): JobEvent => {
    const { time: _, ...event } = tell("job.run.ended", seen, { source: "poll", "job.state": "stopped" });
    return event;
  };
  const job = jobIn(...poller(0), ...poller(30));
  expect(job.runs.map(({ life, start, lost: gone }) => [life, start, gone])).toEqual(
    cycles.map((from, i) => [i + 1, after(from), undefined]),
  );
  expect(job.state).toBe("stopped");
});

it("puts what names no job with the latest job of that id that was born by then", () => {
  const created = (second: number): string => jobUid({ system: "made", queue: "mail", id: "7", created: second });
  const first = tell("job.queued", 0, { "job.uid": created(0) });
  const second = tell("job.queued", 100, { "job.uid": created(100) });
  const event = (seconds: number): JobEvent =>
    nameless(tell("job.run.ended", seconds, { source: "stream", ...success }));
  const jobs = fold([first, second, event(50), event(99)]);
  expect(jobs.map(({ uid: which, runs }) => [which, runs.length])).toEqual([
    [created(0), 1],
    [created(100), 1],
  ]);
});

it("makes a job of what names none, under the name that its system's ids give", () => {
  const [job, ...others] = fold([
    nameless(tell("job.queued", 0, { source: "stream" })),
    nameless(tell("job.removed", 1, { source: "stream" })),
  ]);
  expect([job?.uid, job?.state, others]).toEqual([uid, "removed", []]);
});

it("knows when a job was stored though it was seen later", () => {
  const job = jobIn(
    tell("job.queued", 60, { source: "poll", "job.created_at": new Date(1_800_000_000_000).toISOString() }),
  );
  expect([job.queued, job.last]).toEqual([after(0), after(60)]);
});
