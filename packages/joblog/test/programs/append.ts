/**
 * Appends jobs to the store in the folder given, one batch each, and says the uid of each that was acknowledged.
 * The second argument is the number of the first job.
 */
import { writeSync } from "node:fs";
import { StoreError } from "../../src/errors.ts";
import { openStore } from "../../src/store.ts";
import { append } from "../stored.ts";
import { email, received, JobStory } from "../story.ts";

const store = await openStore({ data: process.argv[2] ?? "" });
try {
  for (let i = Number(process.argv[3] ?? 0); ; i++) {
    const job = new JobStory(email, String(i));
    const events = [
      job.queued(i),
      job.started(1, i + 1),
      job.succeeded(1, i + 2, { "job.worker.name": "x".repeat(500) }),
    ];
    await append(store, events.map(received));
    writeSync(1, `${job.uid}\n`);
  }
} catch (cause) {
  if (!(cause instanceof StoreError)) throw cause;
  writeSync(1, `${cause.message}\n${(await store.summary()).records}\n`);
  await store.close();
}
