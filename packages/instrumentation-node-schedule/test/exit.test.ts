import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startReceiver } from "@jobtrail/testing";
import { expect, test } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("a program that ends by process.exit right after its last run loses nothing", async () => {
  await using receiver = await startReceiver();
  const given = ["--conditions=@jobtrail/source", "--import", here("../../register/src/index.ts"), here("exit.mjs")];
  const env = { PATH: process.env["PATH"], OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const child = spawn(process.execPath, given, { env, stdio: ["ignore", "pipe", "inherit"] });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<[number]>]);
  expect({ out, code }).toEqual({ out: "bye\n", code: 3 });
  expect(receiver.events().map(({ name }) => name)).toEqual([
    "job.schedule.created",
    "job.run.started",
    "job.schedule.deleted",
    "job.run.ended",
  ]);
  expect(receiver.spans().map(({ name }) => name)).toEqual(["run last"]);
  const points = await receiver.points();
  expect(points.map(({ name }) => name).toSorted()).toContain("job.run.duration");
});
