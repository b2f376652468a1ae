import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isRefusal } from "@jobtrail/core/event";
import { qlik } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { startJobLog } from "../../src/index.ts";
import { folder } from "../stored.ts";
import { email, JobStory } from "../story.ts";
import { add, ask, events } from "./asking.ts";

const secret = "a secret of thirty-two characters";

const credentials = {
  harperdb: [],
  devo: [],
  "product-live": [],
  qlik: [
    { token: "t", scope: {} },
    { token: "scoped", scope: { tenant: "acme" } },
  ],
  "better-content-archiving": [],
  "qlik-webhook": { secret },
};

interface Delivered {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A receiver that gives some answers in turn, and 200 from then on. */
async function receiver(...answers: readonly number[]) {
  const left = [...answers];
  const got: Delivered[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(left.shift() ?? 200, { "retry-after": "0" }).end();
      got.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      server.emit("delivery");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    got,
    async until(count: number): Promise<void> {
      while (got.length < count) await once(server, "delivery");
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const log = "/compat/qlik/api/v1/webhooks/jobtrail/deliveries";
const headers = { authorization: "Bearer t" };

test("each run that ends is posted once, signed over its bytes, and its deliveries are listed", async () => {
  await using hook = await receiver();
  await using jobLog = await startJobLog({ port: 0, credentials, qlikWebhook: hook.url });
  await add(jobLog, events);
  await hook.until(4);
  await add(jobLog, events);
  const titles: string[] = hook.got.map(({ body }) => JSON.parse(body).data.title);
  expect(titles.toSorted((a, b) => a.localeCompare(b))).toEqual([
    "charge-card",
    "charge-card",
    "nightly",
    "send-receipt",
  ]);
  for (const { headers: sent, body } of hook.got) {
    expect(sent["qlik-signature"]).toBe(createHmac("sha256", secret).update(body).digest("hex"));
    expect(isRefusal(qlik.parse(body))).toBe(false);
  }
  const { body } = await ask(jobLog, log, { headers });
  expect(body.data.map(({ tries }: { tries: number }) => tries)).toEqual([1, 1, 1, 1]);
  expect(hook.got).toHaveLength(4);
});

test("what is not taken is sent again until it is, also after a restart, and by hand", async () => {
  using data = folder();
  await using hook = await receiver(500, 302);
  const options = { port: 0, data: data.path, credentials, qlikWebhook: hook.url };
  const job = new JobStory(email, "1");
  {
    await using jobLog = await startJobLog(options);
    await add(jobLog, [job.started(1, 0), job.succeeded(1, 1)]);
    await hook.until(1);
  }
  await using jobLog = await startJobLog(options);
  await hook.until(3);
  expect(new Set(hook.got.map(({ body }) => body)).size).toBe(1);
  const { id } = JSON.parse(hook.got[0]?.body ?? "");
  const resend = await ask(jobLog, `${log}/${id}/actions/resend`, { method: "POST", headers });
  expect(resend.status).toBe(204);
  await hook.until(4);
  const unknown = await ask(jobLog, `${log}/none/actions/resend`, { method: "POST", headers });
  expect([unknown.status, unknown.body.errors[0].detail]).toEqual([404, "No delivery has the id none."]);
  expect((await ask(jobLog, log)).status).toBe(401);
  const scoped = { authorization: "Bearer scoped" };
  expect((await ask(jobLog, log, { headers: scoped })).status).toBe(403);
  expect((await ask(jobLog, `${log}/${id}/actions/resend`, { method: "POST", headers: scoped })).status).toBe(403);
});

test("what ended while nothing was delivered is posted after a restart, and nothing from before the first start", async () => {
  using data = folder();
  await using hook = await receiver();
  const before = new JobStory(email, "before", {}, Math.floor(Date.now() / 1000) - 60);
  const options = { port: 0, data: data.path, credentials };
  {
    await using jobLog = await startJobLog(options);
    await add(jobLog, [before.started(1, 0), before.succeeded(1, 1)]);
  }
  {
    await using _ = await startJobLog({ ...options, qlikWebhook: hook.url });
  }
  let after: JobStory;
  {
    await using jobLog = await startJobLog(options);
    // What ends before the first start is not posted, however long that took.
    after = new JobStory(email, "after", {}, Math.ceil(Date.now() / 1000));
    await add(jobLog, [after.started(1, 1), after.succeeded(1, 2)]);
  }
  await using _ = await startJobLog({ ...options, qlikWebhook: hook.url });
  await hook.until(1);
  expect(hook.got.map(({ body }) => JSON.parse(body).jobtrail.uid)).toEqual([after.uid]);
});
