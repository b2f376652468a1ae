/** A process of its own that holds an embedded PostgreSQL and serves it on a free port. */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { tell, until } from "./process.ts";

const folder = process.argv[2];
const database = await PGlite.create(folder === undefined ? {} : { dataDir: folder });
const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0, maxConnections: 20 });
const listening = new Promise<{ port: number }>((resolve) => {
  server.addEventListener("listening", (event) => resolve((event as CustomEvent<{ port: number }>).detail));
});
await server.start();
tell({ ready: (await listening).port });
await until("stop");
await server.stop();
await database.close();
