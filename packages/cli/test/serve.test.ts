import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";

const page = /page\s+(http:\S+)/;

test.each(["SIGINT", "SIGTERM"] as const)(
  "it says where everything is, answers, and ends cleanly on %s",
  async (signal) => {
    using folder = temporary();
    const data = join(folder.path, "made/when/absent");
    await using command = jobtrail(["serve", "--port", "0", "--data", data]);
    const url = await command.said(page);
    await command.said(/Ctrl-C ends it/);
    const response = await fetch(`${url}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(response.status).toBe(200);
    expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
    command.kill(signal);
    const { out, ...rest } = await command.ended;
    expect(rest).toEqual({ code: 0, signal: null, err: "" });
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^Jobtrail \d+\.\d+\.\d+$/),
      `  page  ${url}`,
      `  data  ${data}`,
      `  app   OTEL_EXPORTER_OTLP_ENDPOINT=${url} node --import @jobtrail/register worker.js`,
      "Ctrl-C ends it.",
      "",
    ]);
  },
);

test("it ends on Ctrl-C also while a page is open", async () => {
  using folder = temporary();
  await using command = jobtrail(["serve", "--port", "0", "--data", folder.path]);
  const stream = await fetch(`${await command.said(page)}/api/v1/stream`);
  await stream.body?.getReader().read();
  command.kill("SIGINT");
  expect(await command.ended).toMatchObject({ code: 0, err: "" });
});

test("without a folder the data is kept where the user's data is", async () => {
  using home = temporary();
  await using one = jobtrail(["serve", "--port", "0"], { XDG_DATA_HOME: join(home.path, "xdg"), HOME: home.path });
  expect(await one.said(/data\s+(\S+)/)).toBe(join(home.path, "xdg/jobtrail"));
  await using two = jobtrail(["serve", "--port", "0"], { XDG_DATA_HOME: "", HOME: home.path });
  expect(await two.said(/data\s+(\S+)/)).toBe(join(home.path, ".local/share/jobtrail"));
  expect(existsSync(join(home.path, ".local/share/jobtrail/catalogue.db"))).toBe(true);
});

test("opening it to the network prints that there is no login", async () => {
  using folder = temporary();
  await using command = jobtrail(["serve", "--port", "0", "--data", folder.path, "--host", "0.0.0.0"]);
  await command.said(/Everyone who can reach 0\.0\.0\.0 can read the jobs: there is no login\./);
});

test("a port that is taken is one line that names it and says what to do", async () => {
  using folder = temporary();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  await using command = jobtrail(["serve", "--port", `${port}`, "--data", folder.path]);
  expect(await command.ended).toEqual({
    code: 1,
    signal: null,
    out: "",
    err: `JOBTRAIL_PORT_IN_USE: port ${port} at 127.0.0.1 is taken by another program, perhaps another job log; end that one, or choose another port with --port.\n`,
  });
  taken.close();
});

test("a folder that another one serves is one line that names it", async () => {
  using folder = temporary();
  await using first = jobtrail(["serve", "--port", "0", "--data", folder.path]);
  await first.said(page);
  await using second = jobtrail(["serve", "--port", "0", "--data", folder.path]);
  expect(await second.ended).toEqual({
    code: 1,
    signal: null,
    out: "",
    err: `JOBTRAIL_STORE_IN_USE: ${folder.path} is in use by another job log; end that one, or use another folder.\n`,
  });
});

test("a folder that cannot be written is one line that names it", async () => {
  await using command = jobtrail(["serve", "--port", "0", "--data", join(import.meta.filename, "data")]);
  const { code, err } = await command.ended;
  expect(code).toBe(1);
  expect(err).toMatch(/^JOBTRAIL_STORE_UNWRITABLE: the folder .*serve\.test\.ts\/data cannot be made: .*\n$/);
});
