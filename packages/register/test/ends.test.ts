import { startReceiver } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { requiredTick, run, tick } from "./app.ts";
import type { App, Ended } from "./app.ts";

/** Ways to end, each right after a run: the program that follows, and what must be heard besides. */
const ways: Readonly<Record<string, string>> = {
  "comes to its natural end": `tick.stop();`,
  "comes to its natural end with an exit code": `tick.stop(); process.exitCode = 4;`,
  "calls process.exit": `process.exit(3);`,
  "calls process.exit in the turn after": `setImmediate(() => process.exit(3));`,
  "throws and nobody catches": `setImmediate(() => { throw new Error("thrown"); });`,
  "leaves a rejection unhandled": `setImmediate(() => void Promise.reject(new Error("rejected")));`,
  "is asked to terminate": `process.kill(process.pid, "SIGTERM");`,
  "is interrupted": `process.kill(process.pid, "SIGINT");`,
  "loses its terminal": `process.kill(process.pid, "SIGHUP");`,
  "is interrupted and has a listener that exits": `
    process.on("SIGINT", () => { console.log("bye"); process.exit(5); });
    setImmediate(() => process.kill(process.pid, "SIGINT"));`,
  "is asked to terminate and closes first": `
    process.once("SIGTERM", () => setTimeout(() => { console.log("closed"); process.exit(0); }, 50));
    process.kill(process.pid, "SIGTERM");`,
  "is asked to terminate and raises the signal again by itself": `
    process.once("SIGTERM", () => setTimeout(() => process.kill(process.pid, "SIGTERM"), 50));
    process.kill(process.pid, "SIGTERM");`,
  "is asked to terminate and has a listener that ends it where no other listens": `
    const listener = () => {
      if (process.listenerCount("SIGTERM") > 1) return;
      process.removeListener("SIGTERM", listener);
      process.kill(process.pid, "SIGTERM");
    };
    process.on("SIGTERM", listener);
    setImmediate(() => process.kill(process.pid, "SIGTERM"));`,
  "has work left in beforeExit": `tick.stop(); let times = 0; process.on("beforeExit", () => console.log("again", ++times));`,
};

describe.concurrent("an app that", () => {
  for (const [way, then] of Object.entries(ways))
    test(`${way} ends as it would without the flag, and all that it did arrives`, async () => {
      await using receiver = await startReceiver();
      const app: App = { files: { "app.mjs": `${tick}${then}` }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } };
      const [watched, bare] = await Promise.all([run(app), run({ ...app, flag: false })]);
      expect(told(watched)).toEqual(told(bare));
      expect(named(receiver)).toEqual(
        expect.arrayContaining(["job.schedule.created", "job.run.started", "job.run.ended"]),
      );
      expect(receiver.spans().map(({ name }) => name)).toEqual(["run tick"]);
      // Collecting metrics takes a turn of the loop, which process.exit does not give.
      const counted = then === ways["calls process.exit"] ? [] : ["job.run.duration"];
      expect((await receiver.points()).map(({ name }) => name)).toEqual(expect.arrayContaining(counted));
    });

  test("is CommonJS loses nothing when it exits", async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    expect(await run({ files: { "app.cjs": requiredTick("process.exit(3);") }, env })).toMatchObject({
      with: 3,
      err: "",
    });
    expect(named(receiver)).toEqual(
      expect.arrayContaining(["job.schedule.created", "job.run.started", "job.run.ended"]),
    );
    expect(receiver.spans()).toHaveLength(1);
  });

  test("runs jobs in a thread loses nothing when the thread exits", async () => {
    await using receiver = await startReceiver();
    const main = `
      import { Worker } from "node:worker_threads";
      new Worker(new URL("./thread.mjs", import.meta.url)).on("exit", (code) => console.log("thread", code));`;
    const ended = await run({
      files: { "app.mjs": main, "thread.mjs": `${tick}process.exit(3);` },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    expect(ended).toMatchObject({ with: 0, out: "thread 3\n" });
    expect(named(receiver)).toContain("job.run.ended");
  });

  test("has queued far more than one request holds loses nothing", async () => {
    await using receiver = await startReceiver();
    const many = `${tick}for (let i = 0; i < 3000; i++) await tick.trigger(); process.exit(0);`;
    await run({ files: { "app.mjs": many }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    expect(receiver.spans()).toHaveLength(3001);
    expect(named(receiver).filter((name) => name === "job.run.ended")).toHaveLength(3001);
  });
});

const named = (receiver: Receiver): string[] => receiver.events().map(({ name }) => name);

/** What a user sees of an end, apart from the folder's name and Node's own line numbers of the import. */
const told = ({ with: end, out, err }: Ended): Omit<Ended, "ms"> => ({
  with: end,
  out,
  err: err.replaceAll(/jobtrail-app-\w+/g, "app"),
});
