import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { schemas } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { argumentsOf, compileCache, temporary } from "./command.ts";

const root = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(root, "packages/cli/README.md"), "utf8");

/** The sessions of a terminal that the page shows: commands, each with what it prints. */
const sessions = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map(([, session = ""]) => ({
  session,
  commands: [...session.matchAll(/^\$ (.*)$/gm)].map(([, command = ""]) => command),
}));

test("the page shows some commands", () => {
  expect(sessions.length).toBeGreaterThanOrEqual(4);
});

test.each(sessions)("$commands.0 prints what the page says", ({ session, commands }) => {
  using folder = temporary();
  symlinkSync(join(root, "packages"), join(folder.path, "packages"));
  const node = [process.execPath, ...argumentsOf([])].map((word) => `'${word}'`).join(" ");
  writeFileSync(join(folder.path, "jobtrail"), `#!/bin/sh\nexec ${node} "$@"\n`, { mode: 0o755 });
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: compileCache,
    PATH: `${folder.path}${delimiter}${process.env["PATH"] ?? ""}`,
  };
  const printed = commands.map((command) => {
    const { stdout } = spawnSync("sh", ["-c", `{ ${command}\n} 2>&1`], { cwd: folder.path, encoding: "utf8", env });
    return `$ ${command}\n${stdout}`;
  });
  expect(printed.join("")).toBe(session);
});

test("the loop on the page of the schemas writes a sample of each system in each schema", () => {
  const page = readFileSync(join(root, "packages/schemas/README.md"), "utf8");
  const loop = /^```sh\n(export .*?)^```$/ms.exec(page)?.[1] ?? "";
  const { status, stdout, stderr } = spawnSync("sh", ["-ec", loop], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  // Product-Live has a record of its own for a job that is queued.
  expect({ status, summaries: stderr.trim().split("\n") }).toEqual({
    status: 0,
    summaries: names.map((to) => `Wrote ${to === "product-live" ? 9 : 5} (${to}), read as ${names.join(" and ")}`),
  });
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly jobtrail?: { readonly system: string } });
  for (const name of names)
    expect(records.filter(({ jobtrail }) => jobtrail?.system === name).length).toBeGreaterThanOrEqual(names.length - 1);
});

const names = Object.keys(schemas);
