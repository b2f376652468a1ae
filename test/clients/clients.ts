import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../tools/workspace.ts";
import { makeCertificate } from "../collector/vendor/certificate.ts";

const execute = promisify(execFile);

const cache = join(root, ".cache/clients");

/** Installs Qlik's own client by its lockfile, outside the workspace. It is kept for as long as the lockfile is the same. */
export async function qlikClient(): Promise<string> {
  const to = join(cache, "qlik");
  mkdirSync(to, { recursive: true });
  cpSync(join(import.meta.dirname, "qlik"), to, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--loglevel", "error", "--prefer-offline", "--ignore-scripts"];
  await once(to, readFileSync(join(to, "package-lock.json"), "utf8"), () =>
    execute("npm", ["ci", ...quiet, "--fetch-timeout", "20000"], { cwd: to }),
  );
  return to;
}

/** Installs Devo's own client into a Python environment of its own; gives the Python that has it. */
export async function devoClient(): Promise<string> {
  const to = join(cache, "devo");
  const requirements = join(import.meta.dirname, "requirements.txt");
  const python = join(to, "bin/python");
  mkdirSync(to, { recursive: true });
  await once(to, readFileSync(requirements, "utf8"), async () => {
    await execute("python3", ["-m", "venv", to]);
    await execute(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  });
  return python;
}

/** Does what makes a folder, unless it was made from the same text. */
async function once(folder: string, text: string, make: () => Promise<unknown>): Promise<void> {
  const mark = join(folder, "installed.txt");
  if (existsSync(mark) && readFileSync(mark, "utf8") === text) return;
  await make();
  writeFileSync(mark, text);
}

/** Runs a program and reads the JSON that it prints. */
export async function printed(
  command: string,
  given: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  // What a test asserts of it is checked by the assertion itself.
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any> {
  const { stdout } = await execute(command, given, { cwd, env: { PATH: process.env["PATH"], ...env } });
  return JSON.parse(stdout);
}

/** A server that ends TLS and passes requests on below a path, as a proxy in front of the job log does. */
export interface Front extends AsyncDisposable {
  /** Without scheme: `localhost` and the port. */
  readonly host: string;
  /** The file of its certificate. */
  readonly certificate: string;
}

/** What a proxy adds that ends TLS and takes a prefix away. */
const forwarded = { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", "x-forwarded-prefix": "/" };

/** Passes what comes over TLS on to an address. */
export async function front(to: string): Promise<Front> {
  const made = makeCertificate(["localhost"]);
  const server = createServer({ key: made.key, cert: made.certificate }, (incoming, outgoing) => {
    const passed = request(
      `${to}${incoming.url}`,
      { method: incoming.method, headers: { ...incoming.headers, ...forwarded } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(passed);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    certificate: made.file,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      made[Symbol.dispose]();
    },
  };
}
