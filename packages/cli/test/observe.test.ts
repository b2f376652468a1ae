import { randomUUID } from "node:crypto";
import { parse } from "node:path";
import { redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { Queue } from "bullmq";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";

/** A folder whose programs find BullMQ. */
const app = import.meta.dirname;

withService("jobtrail observe bullmq", redis, (service) => {
  test("sends what it sees and measures until SIGTERM, and goes on from there at the next start", async () => {
    using folder = temporary();
    await using receiver = await startReceiver();
    const name = `q${randomUUID()}`;
    const { hostname: host, port } = new URL(service().url);
    const queue = new Queue(name, { connection: { host, port: Number(port) } });
    await queue.add("one", {});
    const given = ["observe", "bullmq", "--url", service().url, "--from", app, "-d", folder.path];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const queued = (): unknown[] =>
      receiver.events().flatMap((event) => (event.name === "job.queued" ? [event.attributes["job.name"]] : []));
    {
      await using command = jobtrail([...given, "--interval", "1s"], env);
      await receiver.waitFor(() => queued().includes("one"));
      command.kill("SIGTERM");
      const { code, out, err } = await command.ended;
      expect({ code, out }).toEqual({ code: 0, out: "" });
      expect(err).toMatch(/^\S+ Observing bullmq at 127\.0\.0\.1:\d+\. Ctrl-C ends it\.\n$/);
    }
    await queue.add("two", {});
    await queue.close();
    await using again = jobtrail([...given, "--once"], env);
    const { code } = await again.ended;
    expect({ code, queued: queued() }).toEqual({ code: 0, queued: ["one", "two"] });
    const metrics = new Set((await receiver.points()).map((point) => point.name));
    expect([...metrics].toSorted()).toEqual(["job.queue.oldest_job.age", "job.queue.size", "job.worker.count"]);
  });
});

test("an app that has no BullMQ is told how to get it", async () => {
  const from = parse(process.cwd()).root;
  await using command = jobtrail(["observe", "bullmq", "--url", "redis://127.0.0.1:1", "--from", from], {
    NODE_PATH: "",
  });
  const { code, err } = await command.ended;
  expect({ code, err: err.replace(`in ${from}.`, "in <root>.") }).toEqual({
    code: 1,
    err: "JOBTRAIL_OBSERVE_LIBRARY_MISSING: there is no bullmq in <root>. An observer uses the app's own copy: run the command in the app's folder, name that with --from, or install it there with: npm install bullmq\n",
  });
});

test("a store that cannot be reached ends the command with the reason", async () => {
  await using command = jobtrail(["observe", "bullmq", "--url", "redis://:hidden@127.0.0.1:1", "--from", app]);
  const { code, err } = await command.ended;
  expect({ code, err }).toEqual({
    code: 1,
    err: "JOBTRAIL_OBSERVE_STORE_UNREACHABLE: 127.0.0.1:1 cannot be observed: connect ECONNREFUSED 127.0.0.1:1. Correct --url, or start the server.\n",
  });
});

test("--help says what there is", async () => {
  await using command = jobtrail(["observe", "--help"]);
  const { code, out } = await command.ended;
  expect(code).toBe(0);
  expect(out).toContain("--url <url>");
});
