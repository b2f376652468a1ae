// Agenda on PostgreSQL: node --import @jobtrail/register agenda.mjs
import { PostgresBackend } from "@agendajs/postgres-backend";
import { count, withActor } from "@jobtrail/core";
import { Agenda, exponential } from "agenda";

const connectionString = process.env.DATABASE_URL ?? "postgres://postgres@localhost:5432/postgres";
const agenda = new Agenda({ backend: new PostgresBackend({ connectionString }) });
agenda.define(
  "mail",
  async ({ attrs }) => {
    // Counted in the job log and as a metric, for this job's run.
    count({ emails: attrs.data.to.length });
  },
  { backoff: exponential({ delay: 1000, maxRetries: 2 }) },
);
const done = new Promise((resolve) => agenda.on("complete:mail", ({ attrs }) => resolve(attrs.data.to.length)));
await agenda.start();

// What Agenda stores has no place for who asked: the record of the job has it, and the run's has not.
await withActor({ type: "user", id: "ann" }, () => agenda.now("mail", { to: ["bob", "cy"] }));
console.log(`sent ${await done}`);

// A timer of Agenda's outlives each run. Nothing is lost at this exit.
await agenda.stop();
process.exit();
