import { postgres, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { run } from "./app.ts";

/** An Agenda with a table of its own; `over` waits until so many runs of a name are complete. */
const begin = (table: string): string => `
import { Agenda, constant } from "agenda";
import { PostgresBackend } from "@agendajs/postgres-backend";
const backend = new PostgresBackend({ connectionString: process.env.DATABASE_URL, tableName: "${table}", channelName: "${table}" });
const agenda = new Agenda({ backend, processEvery: 100 });
const over = (name, count) => new Promise((resolve) => agenda.on("complete:" + name, () => --count === 0 && resolve()));
`;

withService("Agenda, whose programs end by process.exit", postgres, (service) => {
  test("loses nothing: a timer of half a lock's life outlives each run, so that they must", async () => {
    await using receiver = await startReceiver();
    const program = `${begin("ended")}
agenda.define("work", async () => undefined);
agenda.define("again", () => { throw new RangeError("not yet"); }, { backoff: constant({ delay: 3_600_000, maxRetries: 1 }) });
await agenda.start();
const all = Promise.all([over("work", 1), over("again", 1)]);
await agenda.now("work");
await agenda.now("again");
await all;
process.exit(3);
`;
    const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const ended = await run({ files: { "app.mjs": program }, env });
    expect([ended.with, ended.err]).toEqual([3, ""]);
    const of = (name: string) =>
      receiver
        .events()
        .filter(({ attributes }) => attributes["job.name"] === name)
        .map((event) => [event.name, event.attributes["job.run.result"]]);
    expect(of("work")).toEqual([
      ["job.queued", undefined],
      ["job.run.started", undefined],
      ["job.run.ended", "success"],
    ]);
    expect(of("again")).toEqual([
      ["job.queued", undefined],
      ["job.run.started", undefined],
      ["job.run.ended", "failure"],
      ["job.retry_scheduled", undefined],
    ]);
    expect(receiver.spans().filter(({ name }) => name.startsWith("process"))).toHaveLength(2);
  });

  test("tells each time of a schedule as a job, and a child's work as its parent's run", async () => {
    await using receiver = await startReceiver();
    const program = `${begin("schedule")}
agenda.forkHelper = { path: new URL("./child.mjs", import.meta.url).pathname };
agenda.define("tick", async () => undefined);
agenda.define("forked", async () => undefined);
await agenda.start();
const all = Promise.all([over("tick", 2), over("forked", 1)]);
await agenda.every("1 second", "tick");
await agenda.create("forked").forkMode(true).save();
await all;
process.exit(0);
`;
    const child = `
import { Agenda } from "agenda";
import { PostgresBackend } from "@agendajs/postgres-backend";
const backend = new PostgresBackend({ connectionString: process.env.DATABASE_URL, tableName: "schedule", channelName: "schedule" });
const agenda = new Agenda({ name: "child", backend, forkedWorker: true });
agenda.define("forked", async () => undefined);
await agenda.ready;
await agenda.runForkedJob(process.argv[3]);
process.exit(0);
`;
    const env = { ...service().env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const ended = await run({ files: { "app.mjs": program, "child.mjs": child }, env });
    expect([ended.with, ended.err]).toEqual([0, ""]);
    const started = receiver.events().filter(({ name }) => name === "job.run.started");
    const ticks = started.filter(({ attributes }) => attributes["job.name"] === "tick");
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ticks.map(({ attributes }) => attributes["job.uid"])).size).toBe(ticks.length);
    for (const { attributes } of ticks)
      expect(attributes).toMatchObject({
        "job.trigger.type": "interval",
        "job.schedule.id": "tick",
        "job.schedule.nominal_time": expect.any(String),
        "job.schedule.next_time": expect.any(String),
      });
    const forked = receiver.events().filter(({ attributes }) => attributes["job.name"] === "forked");
    expect(forked.map((event) => [event.name, event.attributes["job.run.result"]])).toEqual([
      ["job.queued", undefined],
      ["job.run.started", undefined],
      ["job.run.ended", "success"],
    ]);
  });
});
