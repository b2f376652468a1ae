// What `node --import` loads. This file alone must run on every Node that has the flag, so the
// rest, which older ones could not even parse, is loaded only after the check; and at once, so that
// `--require` can load it too.
import type * as fs from "node:fs";
import { createRequire } from "node:module";
import type * as vm from "node:vm";
import type * as startFile from "./start.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const flag = Symbol.for("jobtrail.register");
const require = createRequire(import.meta.url);

if (major < 22 || (major === 22 && minor < 15)) {
  say(`Node ${process.versions.node} is too old, so jobs are not watched; the app runs on. Use Node 22.15 or later.`);
} else if (!(process instanceof Object)) {
  // The process is the main context's, and so is its class; this code runs in another one.
  sayOnce(
    "jobs are not watched in this test runner: it loads modules in a context of its own (jest, vitest's vmThreads and vmForks), where nothing sees them load. vitest's pools forks and threads have none.",
  );
} else if (!(flag in globalThis)) {
  Object.defineProperty(globalThis, flag, { value: true });
  try {
    const [extension] = /\.\w+$/.exec(import.meta.filename) ?? [];
    (require(`./start${extension}`) as typeof startFile).start(process.env);
  } catch (error) {
    // Such as an installation that lacks a file: whatever it is, the app must begin.
    say(`jobs are not watched, because the start failed: ${String(error).split("\n")[0]}`);
  }
}

/** Says something once in a process, in whichever of its contexts. */
function sayOnce(text: string): void {
  const main = (require("node:vm") as typeof vm).runInThisContext("globalThis") as object;
  if (flag in main) return;
  Object.defineProperty(main, flag, { value: true });
  say(text);
}

function say(text: string): void {
  try {
    // An import of it would cost each start 3 ms: of a builtin, it reads all that there is.
    (require("node:fs") as typeof fs).writeSync(2, `jobtrail: ${text}\n`);
  } catch {
    // A closed standard error is no reason to disturb the app.
  }
}
