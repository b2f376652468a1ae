import { field } from "../field.ts";
import type { Field } from "../field.ts";
import { metrics, scheduled, statuses, wholeSite } from "./word.ts";

const required = { required: true } as const;
const personal = { sensitivity: "personal" } as const;

const prefix = "bettercontentarchiving";

const head: readonly Field[] = [
  field("Job execution ID", "text", "job.id", "Stands for the execution.", required),
  field("Job", "text", "job.name", "The type of the job."),
  field("Space", "text", "job.scope.name", `The space's name; ${wholeSite} for the whole site.`),
  field("Status", "text", "job.status.native", "How it ended, or what it is at.", { ...required, values: statuses }),
  field("Executed by", "text", "job.actor.name", `Who started it; ${scheduled} for its schedule.`, personal),
];

const tail: readonly Field[] = [
  field("Duration", "scalar", `${prefix}.duration`, "How long it worked, as it was shown."),
  field("Log command", "text", `${prefix}.log_command`, "What the makers want to know when it went wrong.", {
    sensitivity: "secret",
  }),
  field("Date format", "text", `${prefix}.date_format`, "How the times are written, as who copied them says."),
  field("Time zone", "text", `${prefix}.time_zone`, "The zone of the times, as who copied them says."),
];

/** The fields of an execution as the page shows it. */
export const pageFields: readonly Field[] = [
  ...head,
  field("Started", "text", `${prefix}.started`, "When it started, as it was shown."),
  field("Ended", "text", `${prefix}.ended`, "When it ended, as it was shown."),
  ...metrics.map(([label, attribute, brief]) =>
    field(label, "scalar", attribute.replace("job.counter", prefix) as `${string}.${string}`, brief),
  ),
  ...tail,
];

/** The fields of an execution whose times name their zone and whose metrics are numbers. */
export const exactFields: readonly Field[] = [
  ...head,
  field("Started", "time", "job.run.started_at", "When it started."),
  field("Ended", "time", "job.run.ended_at", "When it ended."),
  ...metrics.map(([label, attribute, brief]) => field(label, "number", attribute, brief)),
  ...tail,
];
