import { expect, it } from "vitest";
import { happened, mail, recording } from "../test/memory.ts";
import { tell, tellRun } from "../test/story.ts";
import { asked, count, withActor, withScope } from "./ambient.ts";
import { fold } from "./fold/fold.ts";

it("asks for each job in the name of the innermost actor, through whatever is awaited", async () => {
  expect(asked()).toEqual({});
  await withActor({ id: "anna" }, async () => {
    await withScope({ id: "s1" }, async () => {
      await Promise.resolve();
      expect(asked()).toEqual({ actor: { id: "anna" }, scope: { id: "s1" } });
    });
    expect(withActor({ id: "ben", type: "service" }, asked)).toEqual({ actor: { id: "ben", type: "service" } });
    expect(asked()).toEqual({ actor: { id: "anna" } });
  });
});

it("lets actor and scope travel from whoever asks to the run, and what a run queues is asked for by the same", () => {
  const { recorder, records } = recording();
  const definition = recorder.define(mail);
  const enqueue = withActor({ id: "anna", name: "Anna" }, () =>
    withScope({ type: "space", id: "s1" }, () => recorder.enqueue(definition, "add")),
  );
  enqueue.emit(happened("job.queued"));
  const run = recorder.start(definition, happened("job.run.started"), { from: enqueue.carrier });
  const child = run.within(() => recorder.enqueue(definition, "add"));
  child.emit(happened("job.queued"));
  const asker = {
    "job.actor.type": "user",
    "job.actor.id": "anna",
    "job.actor.name": "Anna",
    "job.scope.type": "space",
    "job.scope.id": "s1",
  };
  expect(records().map(({ attributes }) => attributes)).toMatchObject([asker, asker, asker]);
  run.end(happened("job.run.ended"));
  expect(records().at(-1)?.attributes).toMatchObject(asker);
});

it("says who acted on a job, without making them the one who asked for it", () => {
  const { recorder, records } = recording();
  withActor({ id: "admin" }, () => recorder.emit(tell("job.removed", 9)));
  const [removed] = records();
  expect(removed?.attributes).toMatchObject({ "job.actor.type": "user", "job.actor.id": "admin" });
  const queued = tell("job.queued", 0, { "job.actor.type": "service", "job.actor.id": "shop" });
  const acted = tell("job.removed", 9, { "job.actor.type": "user", "job.actor.id": "admin" });
  expect(fold([queued, acted])[0]?.attributes["job.actor.id"]).toBe("shop");
  expect(fold([acted])[0]?.attributes["job.actor.id"]).toBeUndefined();
});

it("sends nothing with a job where that is not wanted", () => {
  const { recorder } = recording({ propagation: false });
  expect(withActor({ id: "anna" }, () => recorder.enqueue(recorder.define(mail), "add").carrier)).toEqual({});
});

it("counts nothing outside of a run, and in each run what it counted", async () => {
  const { recorder, records } = recording();
  count({ emails: 100 });
  const [one, two] = [1, 2].map((mark) => recorder.start(recorder.define(mail), tellRun(mark, "job.run.started", 0)));
  await Promise.all([
    one?.within(async () => {
      await Promise.resolve();
      count({ emails: 1 });
    }),
    two?.within(async () => {
      await Promise.resolve();
      count({ emails: 2 });
    }),
  ]);
  one?.end(tellRun(1, "job.run.ended", 1));
  two?.end(tellRun(2, "job.run.ended", 1));
  expect(records().map(({ attributes }) => attributes["job.counter.emails"])).toEqual([undefined, undefined, 1, 2]);
});

it("gives a counter a name that no store takes for an object, and adds up what has one name then", () => {
  const { recorder, records } = recording();
  const run = recorder.start(recorder.define(mail), tellRun(1, "job.run.started", 0));
  run.within(() =>
    count({ emails: 3, "emails.failed": 1, "Größe ": 2, "": 1, " . ": 1, "a.b.c": 1, emails_failed: 1 }),
  );
  run.end(tellRun(1, "job.run.ended", 1));
  const counters = Object.entries(records().at(-1)?.attributes ?? {}).filter(([key]) => key.startsWith("job.counter."));
  expect(Object.fromEntries(counters)).toEqual({
    "job.counter.emails": 3,
    "job.counter.emails_failed": 2,
    "job.counter.Größe": 2,
    "job.counter.a_b_c": 1,
  });
});
