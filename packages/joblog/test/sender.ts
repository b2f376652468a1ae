import { fork } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { encodeLogs } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";
import { email, received, JobStory } from "./story.ts";

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
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    // The server may close the connection while it is still being written to: the answer is what counts, if there is one.
    outgoing.on("error", (error) => outgoing.once("close", () => reject(error)));
  });
  outgoing.end(body);
  const response = await answered;
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
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
      const job = new JobStory(email, id);
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

/**
 * Starts a job log in a process of its own, which keeps its data in a folder.
 * @throws Error with what it said on standard error, where it ends at once.
 */
export async function serve(folder: string): Promise<Served> {
  const child = fork(join(import.meta.dirname, "programs/serve.ts"), [folder], {
    execArgv: ["--conditions=@jobtrail/source"],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  const complaints = text(child.stderr!);
  const exited = once(child, "exit");
  const [url] = await Promise.race([once(child, "message"), exited.then(async () => failed(await complaints))]);
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

function failed(complaints: string): never {
  throw new Error(`the job log ended before it listened: ${complaints}`);
}
