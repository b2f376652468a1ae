import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { installed, register, runProgram } from "../hosts/hosts.ts";

test("a method with @Cron is Nest's job, with cron's nominal times and the error that Nest catches", async () => {
  const folder = await installed(join(import.meta.dirname, "12"), "nest/12", import.meta.dirname, ["cron.mjs"]);
  await using receiver = await startReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const { err } = await runProgram(folder, "cron.mjs", ["--import", register], env);
  expect(err).toBe("");
  const told = receiver.events().map(({ name, attributes, error }) => ({
    name,
    system: attributes["job.system.name"],
    schedule: attributes["job.schedule.id"],
    ...(error !== undefined && { error: error.message }),
    ...(name === "job.run.started" && { isNominal: attributes["job.schedule.nominal_time"]?.endsWith(".000Z") }),
  }));
  const system = "nestjs_schedule";
  const hourly = { system, schedule: "Reports.hourly" };
  const yearly = { system, schedule: "yearly" };
  expect(told).toEqual([
    { name: "job.schedule.created", ...hourly },
    { name: "job.schedule.created", ...yearly },
    { name: "job.run.started", ...hourly, isNominal: true },
    { name: "job.run.ended", ...hourly },
    { name: "job.run.started", ...hourly, isNominal: true },
    { name: "job.run.ended", ...hourly, error: "no report" },
    { name: "job.schedule.deleted", ...yearly },
    { name: "job.schedule.created", ...yearly },
    { name: "job.schedule.deleted", ...hourly },
    { name: "job.schedule.deleted", ...yearly },
  ]);
}, 300_000);
