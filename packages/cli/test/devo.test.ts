import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { startDevo } from "@jobtrail/testing/fakes";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";

test("a job is stopped once it is confirmed, and the record says who did it and why", async () => {
  using folder = temporary();
  await using devo = await startDevo();
  await using receiver = await startReceiver();
  const { id } = devo.launch();
  const config = join(folder.path, "bridge.yaml");
  writeFileSync(config, `endpoint: ${receiver.url}\ndevo: { url: "${devo.url}", token: devo-token }\n`);
  await using asked = jobtrail(["devo", "stop", id, "-c", config]);
  expect(await asked.ended).toMatchObject({
    code: 1,
    out: "",
    err: "JOBTRAIL_CONFIRMATION_MISSING: Stop donothing_0wJnjMe9hy (RUNNING)? Nobody can confirm it, because the standard input is no terminal. Say --yes.\n",
  });
  await using done = jobtrail(["devo", "stop", id, "-c", config, "--yes", "--as", "ann", "--reason", "maintenance"]);
  expect(await done.ended).toMatchObject({ code: 0, out: "donothing_0wJnjMe9hy (STOPPED) was stopped.\n", err: "" });
  expect(
    receiver.events().map(({ name, attributes }) => [name, attributes["job.actor.name"], attributes["job.reason"]]),
  ).toEqual([["job.stopped", "ann", "maintenance"]]);
});
