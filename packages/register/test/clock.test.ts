import { startReceiver } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { run } from "./app.ts";

/** As in a test environment with a window: timers are numbers, which have no unref. */
const numbers = `
for (const kind of ["Timeout", "Interval", "Immediate"]) {
  const [set, clear] = [globalThis["set" + kind], globalThis["clear" + kind]];
  const made = new Map();
  globalThis["set" + kind] = (...args) => { made.set(made.size + 1, set(...args)); return made.size; };
  globalThis["clear" + kind] = (id) => clear(made.get(id));
}
`;

/** As sinon makes them: nothing runs until the test says so, and the clock stands still. */
const fake = `
const waiting = new Map();
let last = 0;
const add = (every) => (call, ms = 0, ...args) => {
  const timer = { unref: () => timer, ref: () => timer, [Symbol.toPrimitive]: () => timer.id, id: ++last };
  waiting.set(timer.id, { call: () => call(...args), every });
  return timer;
};
const remove = (timer) => waiting.delete(Number(timer));
Object.assign(globalThis, {
  setTimeout: add(false), setInterval: add(true), setImmediate: (call, ...args) => add(false)(call, 0, ...args),
  clearTimeout: remove, clearInterval: remove, clearImmediate: remove,
});
const RealDate = Date;
const still = RealDate.UTC(2031, 0, 1);
globalThis.Date = class extends RealDate {
  constructor(...args) { super(...(args.length === 0 ? [still] : args)); }
  static now() { return still; }
};
globalThis.performance.now = () => 0;
`;

const job = (during: string): string => `
import { Cron } from "croner";
const cron = new Cron("0 0 1 1 *", { name: "tick" }, async () => { ${during} });
await cron.trigger();
cron.stop();
console.log("done");
`;

describe.concurrent("under a test environment's timers", () => {
  test("a process ends by itself where timers are numbers", async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const files = { "app.mjs": `import "./timers.mjs";\n${job("")}`, "timers.mjs": numbers };
    expect(await run({ files, env })).toMatchObject({ with: 0, out: "done\n", err: "" });
    expect(receiver.events().map(({ name }) => name)).toContain("job.run.ended");
  });

  test("a fake clock finds no timer of ours, and fires none of our deadlines", async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, JOBTRAIL_HEARTBEAT_INTERVAL: "1s" };
    const count = "console.log(waiting.size, [...waiting.values()].some(({ every }) => every));";
    const app = `import { waiting } from "./timers.mjs";\n${job(`await null; ${count}`)}${count}`;
    const files = { "app.mjs": app, "timers.mjs": `${fake}export { waiting };` };
    const [watched, alone] = [await run({ files, env }), await run({ files, flag: false })];
    expect(watched).toEqual({ ...alone, ms: watched.ms });
    // croner's own next tick, and after the stop nothing.
    expect(watched).toMatchObject({ with: 0, out: "1 false\ndone\n0 false\n" });
    const runs = receiver.events().filter(({ name }) => name.startsWith("job.run."));
    expect(runs.map(({ name, time }) => [name, time?.[0]])).toEqual([
      ["job.run.started", Date.UTC(2031, 0, 1) / 1000],
      ["job.run.ended", Date.UTC(2031, 0, 1) / 1000],
    ]);
  });

  test("a process that exits under a clock that stands still waits no longer than it may", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    const files = { "app.mjs": `import "./timers.mjs";\n${job("")}process.exit(3);`, "timers.mjs": fake };
    expect(await run({ files, env })).toMatchObject({ with: 3, out: "done\n" });
  });
});
