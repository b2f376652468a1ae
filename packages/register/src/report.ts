import { isMainThread } from "node:worker_threads";

const told = new Set<string>();

/** Says something on standard error: each topic once, and never in a thread of the app, whose main thread says the same. */
export function say(topic: string, text: string): void {
  if (!isMainThread || told.has(topic)) return;
  told.add(topic);
  write(text);
}

/** Says why the start ends here, in whichever thread. */
export const refuse = (text: string): void => write(text);

function write(text: string): void {
  try {
    process.stderr.write(`jobtrail: ${text}\n`);
  } catch {
    // A closed standard error is no reason to disturb the app.
  }
}
