/** A process that runs an embedded PostgreSQL on a free port. */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { report, until } from "./process.ts";

const folder = process.argv[2];
const database = await PGlite.create(folder === undefined ? {} : { dataDir: folder });
const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0, maxConnections: 20 });
const listening = new Promise<{ port: number }>((resolve) => {
  server.addEventListener("listening", (event) => resolve((event as CustomEvent<{ port: number }>).detail));
});
await server.start();
report({ ready: (await listening).port });
await until("stop");
await server.stop();
await database.close();
