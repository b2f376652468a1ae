/** Agenda 6 on PostgreSQL. It leaves timers behind, so the program ends by `process.exit`: nothing is lost. */
import { PostgresBackend } from "@agendajs/postgres-backend";
import { Agenda } from "agenda";

const backend = new PostgresBackend({ connectionString: process.env.DATABASE_URL });
const agenda = new Agenda({ backend, processEvery: 100 });
await agenda.ready;
agenda.define("clean up", async () => "clean");
const over = new Promise((resolve) => {
  agenda.on("success", resolve);
});
await agenda.start();
await agenda.now("clean up");
await over;
await agenda.stop();
process.exit();
