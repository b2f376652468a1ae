#!/usr/bin/env node
// This file alone must run on every Node that somebody may have, so the rest, which older ones could
// not load, is imported only after the check.
import process from "node:process";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`jobtrail: Node ${process.versions.node} is too old. Use Node 22.15 or later.\n`);
  process.exitCode = 1;
} else {
  const { program } = await import("./program.ts");
  await program().parseAsync();
}
