import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { postgres, redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { test } from "vitest";
import { start } from "../../../packages/testing/src/child.ts";

const register = fileURLToPath(import.meta.resolve("@jobtrail/register"));
const folder = new URL("../", import.meta.url);

// Bull and BullMQ keep a queue of one name under the same keys, so Bull has another database.
const ofOwn = (env: Env, at: number): Env => ({ ...env, REDIS_URL: `${env["REDIS_URL"]}/${at}` });
const asIs = (env: Env): Env => env;

const stores = [
  { store: redis, programs: ["bee-queue", "bull", "bullmq"], place: ofOwn },
  { store: postgres, programs: ["agenda", "graphile-worker", "pg-boss"], place: asIs },
];

type Env = Readonly<Record<string, string>>;

for (const { store, programs, place } of stores)
  withService(`the examples, with ${store.name}`, store, (service) => {
    for (const [at, name] of programs.entries())
      test.concurrent(`${name} is a program of 40 lines at the most, whose job is recorded with its actor and counter`, async ({
        expect,
      }) => {
        expect(readFileSync(new URL(`${name}.mjs`, folder), "utf8").split("\n").length).toBeLessThanOrEqual(41);
        await using receiver = await startReceiver();
        const env = { ...place(service().env, at), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
        const { ended } = start({ given: ["--import", register, `${name}.mjs`], cwd: folder, env });
        expect(await ended).toMatchObject({ with: 0, lines: expect.arrayContaining(["sent 2"]) });
        const of = (event: string) => receiver.events().filter((each) => each.name === event);
        expect(of("job.queued").map(({ attributes }) => attributes["job.actor.id"])).toEqual(["ann"]);
        expect(of("job.run.ended").map(({ attributes }) => attributes["job.run.result"])).toEqual(["success"]);
        const [run] = of("job.run.ended");
        expect(run).toMatchObject({ attributes: { "job.counter.emails": 2 } });
      }, 60_000);
  });
