import { startReceiver } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { register, run, tick } from "./app.ts";

/** Prints what the process has loaded that a watched app should not have to pay for. */
const spy = `
import { registerHooks } from "node:module";
const costly = /@opentelemetry[/+](sdk-|resources|core@|core\\/|otlp-|exporter-|context-async)|\\/zod\\/|\\/undici\\//;
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    if (costly.test(url)) loaded.add(url);
    return next(url, context);
  },
});
process.on("exit", () => console.log(JSON.stringify([...loaded].slice(0, 5))));
`;

test("an app that has no SDK loads none for us, nor zod or undici, though its telemetry is sent", async () => {
  await using receiver = await startReceiver();
  const { out } = await run({
    files: { "app.mjs": `${tick}tick.stop();`, "spy.mjs": spy },
    flag: false,
    node: ["--import", "./spy.mjs", "--import", register],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  expect(out).toBe("[]\n");
  expect(receiver.events().map(({ name }) => name)).toContain("job.run.ended");
  expect(receiver.spans().map(({ name }) => name)).toEqual(["run tick"]);
});
