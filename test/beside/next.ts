import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { installed, register } from "../hosts/hosts.ts";

/** A server of Next.js, built and started. */
export interface Next extends AsyncDisposable {
  readonly url: string;
}

/** Builds the app in `next` with Next.js, and starts it; its `instrumentation.js` loads Jobtrail. */
export async function startNext(env: Readonly<Record<string, string>>): Promise<Next> {
  const set = join(import.meta.dirname, "sets/next");
  const programs = ["app", "instrumentation.js", "next.config.js"];
  const folder = await installed(set, "beside/next", join(import.meta.dirname, "next"), programs);
  const run = (...args: readonly string[]) =>
    spawn(process.execPath, [join(folder, "node_modules/next/dist/bin/next"), ...args], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        NEXT_TELEMETRY_DISABLED: "1",
        NODE_OPTIONS: "--conditions=@jobtrail/source",
        REGISTER: register,
        ...env,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
  const build = run("build");
  build.stdout.resume();
  const code = await new Promise((resolve) => build.once("exit", resolve));
  if (code !== 0) throw new Error(`next build ended with ${String(code)}.`);
  const server = run("start", "--port", "0");
  const ended = new Promise((resolve) => server.once("exit", resolve));
  let url = "";
  for await (const line of createInterface({ input: server.stdout })) {
    url = /Local:\s+(\S+)/.exec(line)?.[1] ?? url;
    if (line.includes("Ready")) break;
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await ended;
    },
  };
}
