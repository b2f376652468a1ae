import { fork } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { encodeLogs } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";
import { email, received, Teller } from "./story.ts";

/** The Content-Type of each encoding. */
export const types: Record<Encoding, string> = { protobuf: "application/x-protobuf", json: "application/json" };

/** What was answered. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request with exactly these headers, as a browser or an SDK would, and reads the answer. */
export async function send(
  url: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false });
  // The server may close the connection while it is still being written to; the answer is what counts.
  outgoing.on("error", () => undefined);
  const answered = once(outgoing, "response");
  outgoing.end(body);
  const [response] = await answered;
  return { status: response.statusCode, headers: response.headers, text: (await buffer(response)).toString() };
}

/** Posts a body as an SDK would. */
export const post = (
  url: string,
  body: Uint8Array,
  encoding: Encoding = "protobuf",
  headers: Record<string, string> = {},
): Promise<Answer> => send(url, { method: "POST", headers: { "content-type": types[encoding], ...headers }, body });

/** The logs request of jobs that are queued and run; each has three records. */
export const jobs = (ids: readonly string[], encoding: Encoding = "protobuf"): Uint8Array =>
  encodeLogs(
    ids.flatMap((id) => {
      const job = new Teller(email, id);
      return [job.queued(0), job.started(1, 1), job.succeeded(1, 2)].map(received);
    }),
    encoding,
  );

/** A job log in a process of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** The most memory that it has held, in bytes. */
  peak(): Promise<number>;
}

/** Starts a job log in a process of its own, which keeps its data in a folder. */
export async function serve(folder: string): Promise<Served> {
  const child = fork(join(import.meta.dirname, "programs/serve.ts"), [folder], {
    execArgv: ["--conditions=@jobtrail/source"],
  });
  const exited = once(child, "exit");
  const [url] = await Promise.race([once(child, "message"), exited.then(([code]) => failed(code))]);
  return {
    url,
    pid: child.pid ?? 0,
    async peak() {
      child.send("peak");
      const [bytes] = await once(child, "message");
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exited;
    },
  };
}

function failed(code: unknown): never {
  throw new Error(`the job log ended with ${String(code)} before it listened`);
}
