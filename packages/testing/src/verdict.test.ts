import { expect, test } from "vitest";
import type { Look } from "./cases.ts";
import type { Ended } from "./child.ts";
import { RecordingError } from "./recording.ts";
import { startTelemetry } from "./telemetry.ts";
import { judge, judgeFault } from "./verdict.ts";

/** A look at a host that prints one line bare and perhaps another when it is watched. */
function look(watched: string, planted = 0): Look {
  const report = { patched: ["x"], left: [], threw: 0, planted, diagErrors: [] };
  const process = (line: string): Ended => ({ lines: [line], errors: "", with: 0, report });
  return {
    harness: {
      system: { name: "toy", variants: [{ name: "Toy 1", module: "toy", sees: [] }] },
      instrumentation: { url: new URL(import.meta.url), className: "Toy" },
      fixtures: new URL(import.meta.url),
      programs: ["main"],
    },
    recording: (name) =>
      Promise.resolve({ processes: [process(name === "bare" ? "done" : watched)], emitted: startTelemetry() }),
  };
}

test("a case that must hold passes if it does, and fails with its own error if it does not", async () => {
  expect(await judge("host", "must", look("done"))).toBe(true);
  await expect(judge("host", "must", look("failed"))).rejects.toThrow("'failed'");
});

test("a case that lacks its programs says what each must do, and what makes it hold", async () => {
  const message = await judge("context", "must", look("done")).catch((error: Error) => error.message);
  expect(message).toMatchInlineSnapshot(`
    ""context" asks: a run's span is a root, linked to the span that queued its job in another process.
    The fixture lacks the program ask, work. Write in test/programs.cjs, and name in the harness:
      ask: queues \`across\` and ends
      work: works the job \`across\` that another process queued, and ends
    How to make it hold: store the carrier in the system's field for metadata (\`write\` of \`jobs.queue\`), and let the reader return it as \`carried\`; if there is no such field, declare it in \`cannot\` and in \`carrier\`."
  `);
});

test("a case that cannot hold is let be, and fails if it holds all the same", async () => {
  const entry = { cannot: "it is a toy" };
  expect(await judge("context", entry, look("done"))).toBe(false);
  expect(await judge("host", entry, look("failed"))).toBe(false);
  await expect(judge("host", entry, look("done"))).rejects.toThrow("holds, though its harness says that it cannot");
});

test("a fault must make its case fail, and must have acted", async () => {
  await judgeFault("host", "host-printed", look("failed", 1));
  await expect(judgeFault("host", "host-printed", look("done", 1))).rejects.toThrow("it proves nothing");
  await expect(judgeFault("host", "host-printed", look("failed", 0))).rejects.toThrow("host-printed never acted");
});

test("a recording that could not be made is no fault that was noticed", async () => {
  const recording = () => Promise.reject(new RecordingError("too late"));
  await expect(judgeFault("host", "host-printed", { ...look("done"), recording })).rejects.toThrow("too late");
  const entry = { cannot: "it is a toy" };
  await expect(judge("host", entry, { ...look("done"), recording })).rejects.toThrow("too late");
});
