import { redis, startReceiver } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { runProgram } from "../hosts/hosts.ts";
import { dependencies, installExample } from "./example.ts";

withService("examples", redis, (service) => {
  test(
    "own-sdk: an SDK of the app's own sends traces, logs and metrics of its jobs",
    { timeout: 180_000 },
    async () => {
      const { said, installed } = dependencies("own-sdk");
      expect(installed).toEqual(said);
      const folder = await installExample("own-sdk", ["app.mjs", "telemetry.mjs"]);
      await using receiver = await startReceiver();
      const env = {
        ...service().env,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_NODE_RESOURCE_DETECTORS: "env",
      };
      const { out, err } = await runProgram(folder, "app.mjs", ["--import", "./telemetry.mjs"], env);
      const metrics = new Set(
        (await receiver.points()).map(({ name }) => name).filter((name) => name.startsWith("job.")),
      );
      expect({
        out,
        err,
        spans: receiver.spans().map(({ name, links }) => [name, links.length]),
        events: receiver.events().map(({ name }) => name),
        metrics: [...metrics].toSorted(),
        services: [...new Set(receiver.records().map(({ resource }) => resource.attributes["service.name"]))],
      }).toEqual({
        out: "sent to ann@example.org\n",
        err: "",
        spans: [
          ["add mail", 0],
          ["process mail", 1],
        ],
        events: ["job.queued", "job.run.started", "job.run.ended"],
        metrics: ["job.run.active", "job.run.duration", "job.run.wait"],
        services: ["mailer"],
      });
    },
  );
});
