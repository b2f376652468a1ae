import type { Telemetry } from "./install.ts";

/** The telemetry of a producer and a worker of two jobs, all by OTLP and nothing on their output. */
export const expected: Telemetry = {
  services: ["mailer"],
  spans: ["add mail, kind 4", "add mail, kind 4", "process mail, kind 5", "process mail, kind 5"],
  linked: 2,
  records: ["job.queued", "job.queued", "job.run.ended", "job.run.ended", "job.run.started", "job.run.started"],
  traced: 6,
  metrics: ["job.run.active", "job.run.duration", "job.run.wait"],
  said: "",
};
