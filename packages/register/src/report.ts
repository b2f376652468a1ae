import { writeSync } from "node:fs";

/** Whether this is no thread of the app. What says so costs 4 ms to load, so it is asked last. */
export const isMainThread = (): boolean => process.getBuiltinModule("node:worker_threads").isMainThread;

const topics = new Set<string>();

/** Says something on standard error: each topic once, and never in a thread of the app, whose main thread says the same. */
export function say(topic: string, text: string): void {
  if (topics.has(topic) || !isMainThread()) return;
  topics.add(topic);
  write(text);
}

/** Writes a line of ours, in whichever thread. */
export const write = (text: string): void => writeLine(`jobtrail: ${text}`);

/**
 * Writes to standard error itself: where nobody reads it any more, the stream would report that by an
 * event of its own, which ends a process that does not listen for it.
 */
export function writeLine(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // A closed standard error is no reason to disturb the app.
  }
}
