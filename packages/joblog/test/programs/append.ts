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
    say(`${job.uid}\n`);
  }
} catch (cause) {
  if (!(cause instanceof StoreError)) throw cause;
  say(`${cause.message}\n${(await store.summary()).records}\n`);
  await store.close();
}

/** Writes at once. Whoever reads may be busy for longer than the pipe has room, which Node reports as EAGAIN. */
function say(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
