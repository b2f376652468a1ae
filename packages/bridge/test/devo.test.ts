import type { Job } from "@jobtrail/core/fold";
import { startDevo } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { actOn } from "../src/devo/index.ts";
import { bridged, folder, once } from "./harness.ts";

const config = (url: string, more = "progressEvery: 1s"): string => `
devo:
  url: ${url}
  key: devo-api-key
  secret: devo-api-secret
  ${more}
`;

const standing = ({ state, result, runs }: Job): readonly unknown[] => [state, result, runs.length];

test("a query is followed from its first sighting through its events to its end", async () => {
  using at = folder();
  await using devo = await startDevo();
  const { id } = devo.launch({ type: "kafka" });
  await using bridge = await bridged(config(devo.url), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs().map(standing)).toEqual([["active", undefined, 1]]);
  devo.work(id, 42);
  devo.skewMs = 60_000;
  await bridge.clock.step(60_000);
  Object.assign(devo.tasks.get(id) ?? {}, { status: "COMPLETED", eventsSent: 42 });
  await bridge.clock.step(60_000);
  expect(bridge.jobs().map(standing)).toEqual([["completed", "success", 1]]);
  expect(once(bridge.receiver.events()).map(({ name }) => name)).toEqual([
    "job.run.started",
    "job.run.progress",
    "job.run.started",
    "job.run.ended",
  ]);
  expect(bridge.receiver.spans().length).toBe(1);
  await bridge.bridges.stop();
  const items = (await bridge.receiver.points()).filter(({ name }) => name === "job.run.items");
  expect(items.map(({ attributes }) => attributes["job.item.name"])).toEqual(["events_generated", "events_sent"]);
});

test("a stop by an error has no actor, and a job that is started again goes on in another run", async () => {
  using at = folder();
  await using devo = await startDevo();
  const { id } = devo.launch();
  await using bridge = await bridged(config(devo.url), { folder: at.path });
  await bridge.clock.idle();
  devo.work(id);
  devo.stop(id, ["the broker is away"]);
  await bridge.clock.step(30_000);
  expect(bridge.jobs()).toMatchObject([
    { state: "stopped", result: "failure", error: { message: "the broker is away" } },
  ]);
  expect(bridge.receiver.events().some(({ attributes }) => "job.actor.type" in attributes)).toBe(false);
  devo.start(id);
  await bridge.clock.step(30_000);
  expect(bridge.jobs().map(standing)).toEqual([["active", "failure", 2]]);
});

test("stops and starts that two bridges see are the same runs", async () => {
  using at = folder();
  await using devo = await startDevo();
  const { id } = devo.launch();
  await using a = await bridged(config(devo.url), { folder: `${at.path}/a` });
  await using b = await bridged(config(devo.url), { folder: `${at.path}/b`, receiver: a.receiver });
  await Promise.all([a.clock.idle(), b.clock.idle()]);
  for (let cycle = 0; cycle < 3; cycle++) {
    devo.work(id);
    devo.stop(id);
    await a.clock.step(30_000);
    await b.clock.step(30_000);
    devo.start(id);
    // One of them misses some of the starts.
    if (cycle === 1) await a.clock.step(30_000);
    else await Promise.all([a.clock.step(30_000), b.clock.step(30_000)]);
  }
  devo.work(id);
  devo.stop(id);
  await a.clock.step(30_000);
  await b.clock.step(30_000);
  expect(a.jobs().map(({ state, runs }) => [state, runs.length, new Set(runs.map(({ uid }) => uid)).size])).toEqual([
    ["stopped", 4, 4],
  ]);
  expect(new Set(a.receiver.spans().map(({ spanId }) => spanId)).size).toBe(4);
});

test("a job that no list has is not over; one that is not found was removed", async () => {
  using at = folder();
  await using devo = await startDevo();
  const { id } = devo.launch();
  await using bridge = await bridged(config(devo.url), { folder: at.path });
  await bridge.clock.idle();
  devo.unlisted.add(id);
  await bridge.clock.step(30_000);
  expect(bridge.jobs().map(standing)).toEqual([["active", undefined, 1]]);
  devo.tasks.delete(id);
  await bridge.clock.step(30_000);
  expect(bridge.jobs().map(standing)).toEqual([["removed", undefined, 1]]);
  expect(bridge.jobs()[0]?.runs[0]?.ended).toBeUndefined();
});

test("a job that was never seen at work gets no run", async () => {
  using at = folder();
  await using devo = await startDevo();
  devo.launch({ status: "STOPPED", lastDatetime: 1_530_010_249_501 });
  devo.launch({ status: "COMPLETED", eventGenerated: 13_572, eventsSent: 13_572 });
  devo.launch({ status: "COMPLETED", type: "email", extra: { emailsSended: 0 }, error: ["550 no such user"] });
  await using bridge = await bridged(config(devo.url), { folder: at.path });
  await bridge.clock.idle();
  await bridge.clock.step(30_000);
  const found = bridge
    .jobs()
    .map(standing)
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
  expect(found).toEqual([
    ["completed", "success", 0],
    ["failed", "failure", 0],
    ["stopped", undefined, 0],
  ]);
  expect(bridge.receiver.records().length).toBe(3);
});

test("what lost its server is alive, and a status that no document has is kept", async () => {
  using at = folder();
  await using devo = await startDevo();
  const { id } = devo.launch();
  const strange = devo.launch({ status: "HIBERNATING" });
  await using bridge = await bridged(config(devo.url, "stalledAfter: 1h"), { folder: at.path });
  await bridge.clock.idle();
  Object.assign(devo.tasks.get(id) ?? {}, { status: "RECONNECTING" });
  await bridge.clock.step(30_000);
  const stateOf = (wanted: string): string | undefined =>
    bridge.jobs().find(({ attributes }) => attributes["job.id"] === wanted)?.state;
  expect(stateOf(id)).toBe("suspended");
  expect(
    bridge.receiver.events().find(({ attributes }) => attributes["job.id"] === strange.id)?.attributes[
      "job.record.anomaly"
    ],
  ).toContain("HIBERNATING");
  devo.skewMs = 2 * 3_600_000;
  await bridge.clock.step(2 * 3_600_000);
  expect(stateOf(id)).toBe("stalled");
});

test("a clock that is off is said, and the bridge signs with the server's time", async () => {
  using at = folder();
  await using devo = await startDevo();
  devo.skewMs = 2 * 3_600_000;
  devo.launch();
  await using bridge = await bridged(config(devo.url), { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.said).toEqual(
    [
      "devo: JOBTRAIL_SOURCE_CLOCK: http://HOST/search answers 401 (not authorized): The signature is not valid. The clock of this machine is 2 h behind its clock, and a signature holds the time: correct the clock. The bridge signs with the server's time until then.",
    ].map((line) => line.replace("signature is", "timestamp is")),
  );
  await bridge.clock.step();
  expect(bridge.jobs().length).toBe(1);
});

test("a token is enough", async () => {
  using at = folder();
  await using devo = await startDevo();
  devo.launch();
  await using bridge = await bridged(`devo: { url: "${devo.url}", token: devo-token }`, { folder: at.path });
  await bridge.clock.idle();
  expect(bridge.jobs().length).toBe(1);
});

const credentials = { key: "devo-api-key", secret: "devo-api-secret" };

test("actions change a job with one request, and say who did it and why", async () => {
  await using devo = await startDevo();
  const { id } = devo.launch();
  const act = async (verb: "stop" | "start" | "remove"): Promise<readonly unknown[]> => {
    const actions = actOn({ url: devo.url, ...credentials }, "devo", verb, id);
    const { isDone, says, event } = await actions.act({ actor: "ann", reason: "maintenance" });
    actions.close();
    return [isDone, says, event?.name, event?.attributes["job.actor.name"], event?.attributes["job.reason"]];
  };
  const who = ["ann", "maintenance"];
  expect(await act("stop")).toEqual([true, "donothing_0wJnjMe9hy (STOPPED) was stopped.", "job.stopped", ...who]);
  expect(await act("stop")).toEqual([
    false,
    `${id}: its status did not change: it may be so already (Task status not changed).`,
    undefined,
    undefined,
    undefined,
  ]);
  expect(await act("start")).toEqual([true, "donothing_0wJnjMe9hy (RUNNING) was started.", "job.restarted", ...who]);
  expect(await act("remove")).toEqual([true, "donothing_0wJnjMe9hy (REMOVED) was removed.", "job.removed", ...who]);
  expect(await act("remove")).toEqual([
    false,
    `${id}: no job has this id (Task not found).`,
    undefined,
    undefined,
    undefined,
  ]);
  expect(devo.requests.map(({ path }) => path.replace(id, "ID"))).toEqual([
    "/search/job/stop/ID",
    "/search/job/stop/ID",
    "/search/job/start/ID",
    "/search/job/remove/ID",
    "/search/job/remove/ID",
  ]);
});

test("an action whose answer is lost is not repeated, and the job is looked at", async () => {
  await using devo = await startDevo();
  const { id } = devo.launch();
  devo.fail("hang up");
  const actions = actOn({ url: devo.url, ...credentials }, "devo", "stop", id);
  const { isDone, says } = await actions.act({ actor: "ann" });
  actions.close();
  expect(isDone).toBe(false);
  expect(says).toContain(
    "It was asked once, and it is not known whether it was done: the job is now donothing_0wJnjMe9hy (RUNNING).",
  );
  expect(devo.requests.map(({ path }) => path.replace(id, "ID"))).toEqual(["/search/job/stop/ID", "/search/job/ID"]);
});
