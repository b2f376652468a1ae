import { expect, test } from "vitest";
import type { Harness } from "./harness.ts";
import { recordings } from "./recording.ts";

const endless: Harness = {
  system: { name: "endless", variants: [] },
  instrumentation: { url: new URL("./fault.ts", import.meta.url), className: "nothing" },
  fixtures: new URL("../test/endless/", import.meta.url),
  programs: ["main"],
  deadlineMs: 500,
};

test("a program that does not end in time is killed, and the error says what it printed", async () => {
  const making = recordings(endless, {})("bare", "esm");
  await expect(making).rejects.toThrow(/endless bare esm did not end within 500 ms[^]*at work/);
});

test("a program that cannot be started is reported with its exit code and its standard error", async () => {
  const { processes } = await recordings(endless, {})("bare", "cjs");
  expect(processes).toMatchObject([{ with: 1, errors: expect.stringContaining("Cannot find module") as string }]);
});

test("an instrumentation that is not there ends the process with its name", async () => {
  const { processes } = await recordings({ ...endless, deadlineMs: 20_000 }, {})("main", "esm");
  expect(processes[0]?.errors).toContain("has no export called nothing");
});
