import type { Told } from "./install.ts";

/** What a producer and a worker of two jobs tell: nothing on their own output, and all the rest by OTLP. */
export const expected: Told = {
  services: ["mailer"],
  spans: ["add mail, kind 4", "add mail, kind 4", "process mail, kind 5", "process mail, kind 5"],
  linked: 2,
  records: ["job.queued", "job.queued", "job.run.ended", "job.run.ended", "job.run.started", "job.run.started"],
  traced: 6,
  metrics: ["job.run.active", "job.run.duration", "job.run.wait"],
  said: "",
};
